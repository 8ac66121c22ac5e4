"""tritonclient from PyPI, unchanged, over HTTP and gRPC."""
import sys
import tempfile

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

from common import Server, check, small_script

ROWS = np.array([[1, 2, 3, 4], [0.5, 0, 0, -1]], np.float32)


def inputs(module, binary=None):
    tensor = module.InferInput("dense", list(ROWS.shape), "FP32")
    if binary is None:
        tensor.set_data_from_numpy(ROWS)
    else:
        tensor.set_data_from_numpy(ROWS, binary_data=binary)
    return [tensor]


def expect_error(call, text):
    try:
        call()
    except InferenceServerException as error:
        assert text in str(error), error
        return
    raise AssertionError(f"no error that says {text}")


def common(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("small") and not client.is_model_ready("nobody")
    expect_error(lambda: client.get_model_metadata("nobody"), "not loaded")


def over_http(server):
    with http.InferenceServerClient(server.http) as client:
        common(client)
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        assert client.get_model_metadata("small")["inputs"][0]["shape"] == [-1, 4]
        assert client.get_model_config("small")["input"][0] == {"name": "dense", "data_type": "TYPE_FP32", "dims": [4]}
        for binary in (True, False):
            outputs = [http.InferRequestedOutput("score", binary_data=binary)]
            answer = client.infer("small", inputs(http, binary), outputs=outputs, request_id="7")
            np.testing.assert_allclose(answer.as_numpy("score"), ROWS.sum(1), rtol=1e-6)
            assert answer.get_response()["id"] == "7"
        # Without outputs the client asks for all of them, binary.
        np.testing.assert_allclose(client.infer("small", inputs(http)).as_numpy("score"), ROWS.sum(1), rtol=1e-6)
        futures = [client.async_infer("small", inputs(http)) for _ in range(20)]
        for future in futures:
            np.testing.assert_allclose(future.get_result().as_numpy("score"), ROWS.sum(1), rtol=1e-6)
        wrong = http.InferInput("dense", [1, 3], "FP32")
        wrong.set_data_from_numpy(np.zeros((1, 3), np.float32))
        expect_error(lambda: client.infer("small", [wrong]), "received shape [1, 3], expected [-1, 4]")
        statistics = client.get_inference_statistics("small")["model_stats"][0]
        assert statistics["inference_count"] >= 46 and statistics["inference_stats"]["success"]["count"] >= 23
        assert client.get_model_repository_index()[0]["state"] == "READY"
        expect_error(lambda: client.unload_model("small"), "admin port")
    with http.InferenceServerClient(server.admin) as client:
        client.load_model("small")
        client.unload_model("small")
        assert not client.is_model_ready("small")
        client.load_model("small")
        assert client.is_model_ready("small")


def over_grpc(server):
    with grpc.InferenceServerClient(server.grpc) as client:
        common(client)
        assert client.get_server_metadata().name == "swiftrec"
        assert list(client.get_model_metadata("small").inputs[0].shape) == [-1, 4]
        assert client.get_model_config("small").config.max_batch_size == 256
        answer = client.infer("small", inputs(grpc), request_id="9")
        np.testing.assert_allclose(answer.as_numpy("score"), ROWS.sum(1), rtol=1e-6)
        assert answer.get_response().id == "9"
        wrong = grpc.InferInput("dense", [1, 4], "FP64")
        wrong.set_data_from_numpy(np.zeros((1, 4)))
        expect_error(lambda: client.infer("small", [wrong]), "received datatype FP64, expected FP32")
        assert client.get_inference_statistics("small").model_stats[0].inference_count >= 2
        assert client.get_model_repository_index().models[0].name == "small"
        expect_error(lambda: client.unload_model("small"), "admin port")
        answers = []
        client.start_stream(lambda result, error: answers.append((result, error)))
        for _ in range(3):
            client.async_stream_infer("small", inputs(grpc))
        client.stop_stream()
        assert len(answers) == 3 and all(error is None for _, error in answers)
        expect_error(lambda: client.get_system_shared_memory_status(), "")


def main():
    with tempfile.TemporaryDirectory() as folder, Server(small_script(folder)) as server:
        results = [check("tritonclient over HTTP", lambda: over_http(server)),
                   check("tritonclient over gRPC", lambda: over_grpc(server))]
    sys.exit(not all(results))


main()
