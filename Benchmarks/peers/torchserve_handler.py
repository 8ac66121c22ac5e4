"""TorchServe's handler for the same requests: JSON in, one row a request, joined by TorchServe's own batching."""
import numpy as np
import orjson
import torch
from ts.torch_handler.base_handler import BaseHandler

TYPES = {"FP32": np.float32, "INT64": np.int64}


class Handler(BaseHandler):
    def preprocess(self, data):
        rows = []
        for one in data:
            body = one.get("body") or one.get("data")
            inputs = (body if isinstance(body, dict) else orjson.loads(body))["inputs"]
            rows.append([np.asarray(value["data"], TYPES[value["datatype"]]).reshape(value["shape"]) for value in inputs])
        return [torch.from_numpy(np.concatenate(columns)) for columns in zip(*rows)]

    def inference(self, data):
        with torch.inference_mode():
            return self.model(*data)

    def postprocess(self, output):
        return [{"outputs": [{"name": "score", "shape": [1], "data": [value]}]} for value in output.flatten().tolist()]
