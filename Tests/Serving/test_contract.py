"""The OpenAPI file against the server that wrote it: schemathesis' generated requests, good ones and bad ones."""
import subprocess
import sys
import tempfile

from common import ROOT, Server, check, small_run, small_script


def schemathesis(server, address, seed):
    result = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"http://{address}/openapi.json", "--url", f"http://{address}",
         "--max-examples", "40", "--phases", "examples,coverage,fuzzing", "--seed", str(seed), "--no-color",
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
         # An answer within a millisecond nobody can promise.
         "--header", "x-timeout-ms: 30000",
         # Those that change what others ask for have tests of their own.
         "--exclude-operation-id", "load", "--exclude-operation-id", "unload", "--exclude-operation-id", "rollback"],
        capture_output=True, text=True, cwd=tempfile.gettempdir(), timeout=900)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    assert server.process.poll() is None
    print("  " + [line for line in result.stdout.splitlines() if line.strip()][-1].strip("= "))


def main():
    with tempfile.TemporaryDirectory() as folder:
        run, script = small_run(folder), small_script(folder)
        with Server(run, script, "--events", f"{folder}/events.sqlite") as server:
            results = [check("schemathesis on the main port", lambda: schemathesis(server, server.http, 1)),
                       check("schemathesis on the admin port", lambda: schemathesis(server, server.admin, 2))]
            assert "fatal" not in server.errors().lower()
    sys.exit(not all(results))


main()
