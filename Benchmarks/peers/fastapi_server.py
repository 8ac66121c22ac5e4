"""What a team would write: FastAPI over a TorchScript file, with uvloop, httptools and orjson; the peer of `swiftrec serve`.

The route takes and gives the JSON of the Open Inference Protocol, so that one client asks both. The forward pass runs in the
handler itself: for one row a thread pool costs more than it gives. One thread of PyTorch for each worker.

    uvicorn fastapi_server:app --workers 2 --loop uvloop --http httptools --no-access-log
"""
import os

import numpy as np
import orjson
import torch
from fastapi import FastAPI, Request, Response

torch.set_num_threads(int(os.environ.get("PEER_THREADS", "1")))
model = torch.jit.load(os.environ["PEER_MODEL"]).eval()
TYPES = {"FP32": np.float32, "INT64": np.int64}
NAMES = {torch.float32: "FP32", torch.int64: "INT64"}
app = FastAPI()


@app.post("/v2/models/{name}/infer")
async def infer(name: str, request: Request):
    body = orjson.loads(await request.body())
    tensors = [
        torch.from_numpy(np.asarray(value["data"], TYPES[value["datatype"]]).reshape(value["shape"])) for value in body["inputs"]]
    with torch.inference_mode():
        output = model(*tensors)
    answer = {
        "model_name": name, "model_version": "1",
        "outputs": [{"name": "score", "datatype": NAMES[output.dtype], "shape": list(output.shape), "data": output.flatten().tolist()}]}
    return Response(orjson.dumps(answer), media_type="application/json")


@app.get("/v2/health/ready")
async def ready():
    return Response()
