"""Starts every image with podman as a cluster would, and uses it.

  test-images.py [WORD...]   only the checks whose names hold one of the words

Takes the images that `make images` built. Root, because a container without a daemon needs it here.
"""
import atexit
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from image_podman import ROOT, USER, Container, Fault, Images, Skip, expect, podman, run, run_checks, volume

images = Images()
scratch = pathlib.Path(tempfile.mkdtemp(prefix="swiftrec-images-"))
atexit.register(shutil.rmtree, scratch, True)
SMALL = "/opt/swiftrec/share/configs/mf-synthetic.yaml"
FOLDERS = ("data", "models", "logs")
PROGRAMS = [role for role in ("serve", "train", "lab", "company-example") if images.has(role)]
ROLES = ["base", *PROGRAMS]


def lock(section):
    lines = run("bash", "-c", f". scripts/common.sh; lock {section}").split()
    return dict(line.split("==") if "==" in line else (line, "") for line in lines)


def models(name):
    return volume(scratch, name)


def mounted(path, options=""):
    return ["-v", f"{path}:/workspace/models{options}"]


# ---- what the images are ----------------------------------------------------------------------------------------------
def sizes():
    limits = {"base": 1200, "serve": 900} if images.tag.endswith("-cpu") else {"base": 5000}
    found = {role: images.inspect(role)["Size"] / 1e6 for role in ROLES}
    for role, limit in limits.items():
        expect(found[role] < limit, f"swiftrec-{role} has {found[role]:.0f} MB; the limit is {limit}")
    return ", ".join(f"{role} {size:.0f} MB" for role, size in found.items())


def labels_and_contract():
    version = images.tag.split("-")[0]
    for role in ROLES:
        inspected = images.inspect(role)
        config, label = inspected["Config"], inspected["Config"]["Labels"]
        environment = dict(entry.split("=", 1) for entry in config["Env"])
        expect(config["User"] == f"{USER}:{USER}", f"{role}: user {config['User']}")
        expect(environment["NVIDIA_VISIBLE_DEVICES"] == "all", f"{role}: {environment}")
        expect(environment["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility", f"{role}: {environment}")
        expect(config["WorkingDir"] == "/workspace", f"{role}: {config['WorkingDir']}")
        # Folders of the user's, and no VOLUME: one on /workspace/data would cover what is mounted at /workspace.
        expect(not config.get("Volumes"), f"{role}: {config.get('Volumes')}")
        owners = images.shell(role, "stat -c %u " + " ".join(f"/workspace/{name}" for name in FOLDERS))
        expect(owners.split() == [str(USER)] * len(FOLDERS), f"{role}: {owners}")
        expect(label["org.opencontainers.image.version"] == version, f"{role}: {label}")
        expect(label["org.opencontainers.image.title"] == f"swiftrec-{role}", f"{role}: {label}")
        expect(label["swiftrec.torch"].startswith(lock("python")["torch"]), f"{role}: {label}")
        expect(re.fullmatch("[0-9a-f]{40}", label["org.opencontainers.image.revision"]), f"{role}: {label}")
        expect(role == "base" or (inspected.get("HealthCheck") or inspected.get("Healthcheck")), f"{role}: no health check")


def sboms():
    told = []
    for role in ROLES:
        file = images.folder / images.inspect(role)["Config"]["Labels"]["swiftrec.sbom"]
        names = {(package["name"], package.get("versionInfo")) for package in json.loads(file.read_text())["packages"]}
        expect(any(name == "torch" for name, _ in names), f"{file} does not name torch")
        expect(any(name == "libstdc++6" for name, _ in names), f"{file} does not name libstdc++6")
        told.append(f"{role} {len(names)}")
    return f"packages: {', '.join(told)}"


def documents_name_what_the_images_have():
    """The `docker run` lines of README and docs, and compose.yaml: tags, volumes, ports, GPU."""
    texts = [(ROOT / name).read_text() for name in ("README.md", "docs/images.md")]
    lines = [line for text in texts for line in re.findall(r"^docker run .*$", text.replace("\\\n", " "), re.M)]
    expect(len(lines) >= 3, f"only {len(lines)} docker run lines in README.md and docs/images.md")
    expect(any("--gpus all" in line for line in lines), "no line with --gpus all")
    for line in lines:
        role, tag = re.search(r"swiftrec-([a-z-]+):(\S+)", line).groups()
        expect(tag in (images.tag, images.tag.replace("-cpu", "-cu130")), f"{line}: the tag is {images.tag}")
        if not images.has(role):
            continue
        config = images.inspect(role)["Config"]
        for target in re.findall(r"-v \S+?:(/[^\s:]+)", line):
            expect(target in {"/workspace", *(f"/workspace/{name}" for name in FOLDERS)}, f"{line}: {target} does not persist")
        for port in re.findall(r"-p (?:\S+:)?\d+:(\d+)", line):
            expect(f"{port}/tcp" in config.get("ExposedPorts", {}), f"{line}: {port} is not exposed")
    compose = (ROOT / "compose.yaml").read_text()
    for role, tag in re.findall(r"image: swiftrec-([a-z-]+):(\S+)", compose):
        expect(tag.replace("${VARIANT:-cpu}", "cpu") == images.tag.replace("cu130", "cpu"), f"compose.yaml: {role}:{tag}")
    return f"{len(lines)} lines"


def no_compiler_no_headers_no_pip():
    found = "; ".join(
        f"{role}: {line}" for role in ("base", "serve", "train") for line in images.shell(
            role, "find / -xdev \\( -name 'pip*' -path '*bin/*' -o -name pip -type d -o -path '*bin/*' -name 'g[c+][c+]*' "
            "-o -path '*bin/cc' -o -path '*bin/ld' -o -path '*/include/*.h' \\) 2>/dev/null || true").split())
    expect(not found, found)


def packages_are_the_pinned_ones():
    for role in (role for role in ("base", "train", "lab") if role in ROLES):
        pins = lock(f"debian.{role}")
        found = images.run(role, "dpkg-query", "-W", "-f", "${Package} ${Version}\n", *pins)
        for name, version in (line.split() for line in found.splitlines()):
            expect(version.split(":")[-1].startswith(pins[name]), f"{role}: {name} is {version}, pinned is {pins[name]}")
    found = images.run("train", "python3", "-c", "import torch, sys; print(torch.__version__, sys.version_info[:2])")
    expect(found.split()[0].split("+")[0] == lock("python")["torch"], found)
    return found.strip()


def libraries_are_all_found():
    for role in ROLES:
        lost = images.shell(
            role, "cd /opt/swiftrec; for file in lib/*.so* torch/lib/*.so* bin/swiftrec; do "
            "[ ! -e $file ] || ldd $file | grep 'not found' | sed \"s|^|$file:|\"; done; true")
        expect(not lost, f"{role}: {lost}")


# ---- how they run -----------------------------------------------------------------------------------------------------
def hardened():
    for role in ROLES:
        said = images.shell(
            role, "grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; id -u; "
            "touch /x 2>&1; touch /opt/swiftrec/x 2>&1; "
            "touch /workspace/models/x /workspace/data/x /workspace/logs/x /tmp/x && echo writes",
            options=[option for name in FOLDERS for option in ("-v", f"{volume(scratch, f'{role}-{name}')}:/workspace/{name}")])
        for wanted in ("CapEff:0000000000000000", "CapPrm:0000000000000000", "NoNewPrivs:1", "Seccomp:2", "writes", str(USER)):
            expect(wanted in said.split(), f"{role}: no {wanted} in {said}")
        expect(said.count("Read-only file system") == 2, f"{role}: {said}")


def doctor_passes():
    told = []
    for role in PROGRAMS:
        began = time.monotonic()
        report = json.loads(images.run(role, "swiftrec", "doctor", "--json"))
        told.append(f"{role} {time.monotonic() - began:.1f} s")
        broken = [check for check in report["checks"] if not check["ok"]]
        expect(not broken and len(report["checks"]) > 5, f"{role}: {broken}")
        text = json.dumps(report)
        expect("2147483648" in text, f"{role}: the memory limit of 2 GB is not seen in {text[:2000]}")
    return f"from container start to its end: {', '.join(told)}"


def health_check():
    for role in PROGRAMS:
        if role == "lab":
            continue
        # Where systemd runs podman repeats the check by itself; without it podman says so and starts the container all the same.
        with Container(images, role, "sleep", "60", checks_health=True) as container:
            podman("healthcheck", "run", container.id)


def train_leaves_its_checkpoint():
    folder = models("trained")
    said = images.run("train", "swiftrec", "train", SMALL, "--out", "models/first", options=mounted(folder))
    expect((folder / "first").is_dir() and list((folder / "first").rglob("*.safetensors")), f"no checkpoint; {said.everything}")
    expect((folder / "first").stat().st_uid == USER, "the run is not the user's")


def serve_answers_from_it():
    if not (models("trained") / "first").is_dir():
        train_leaves_its_checkpoint()
    options = mounted(models("trained"), ":ro")
    result = json.loads(images.run("serve", "swiftrec", "evaluate", "models/first", "--json", options=options))
    answer = images.run("serve", "swiftrec", "recommend", "models/first", "--user", "1", "--top", "3", options=options)
    expect(len(re.findall(r"^ *[1-3] ", answer, re.M)) == 3, answer)
    return json.dumps(result)[:160]


def torchrun_starts_two_processes():
    said = images.run(
        "train", "torchrun", "--no-python", "--nproc-per-node=2", "--standalone", "--local-addr=127.0.0.1",
        "swiftrec", "doctor", "--all-reduce-peer", "gloo")
    expect("Traceback" not in said.everything, said.everything)
    ranks = images.run(
        "train", "torchrun", "--no-python", "--nproc-per-node=2", "--standalone", "--local-addr=127.0.0.1",
        "bash", "-c", "echo rank $RANK of $WORLD_SIZE")
    expect("rank 0 of 2" in ranks and "rank 1 of 2" in ranks, ranks.everything)


LONG = ["--set", "train.epochs=100000", "--set", "data.users=5000", "--set", "data.items=2000"]


def a_container_beyond_its_memory_is_killed_alone():
    limit = ["--memory", "300m", "--memory-swap", "300m"]
    training = ["swiftrec", "train", SMALL, "--out", "models/a", *LONG]
    with Container(images, "train", *training, options=mounted(models("neighbour"))) as neighbour:
        neighbour.wait_for("epoch")
        with Container(images, "serve", "tail", "/dev/zero", options=limit) as greedy:
            code = greedy.wait()
            expect(code == 137, f"exit {code} instead of 137; {greedy.logs()}")
        expect(neighbour.state()["Running"], f"the neighbour ended too: {neighbour.logs()[-800:]}")
        lines = neighbour.logs().count("\n")
        time.sleep(2)
        expect(neighbour.logs().count("\n") > lines, "the neighbour stands still")


def sigterm_stops_and_resume_goes_on():
    folder = models("stopped")
    with Container(images, "train", "swiftrec", "train", SMALL, "--out", "models/a", *LONG, options=mounted(folder)) as container:
        container.wait_for("epoch")
        podman("stop", "-t", "30", container.id)
        state, said = container.state(), container.logs()
        expect(state["ExitCode"] != 137 and "stopped by SIGTERM" in said, f"exit {state['ExitCode']}: {said[-800:]}")
    resumed = images.run(
        "train", "timeout", "--signal=INT", "6", "swiftrec", "train", SMALL, "--out", "models/a", *LONG, "--resume",
        options=mounted(folder), code=None)
    expect("resum" in resumed.everything, resumed.everything[-800:])
    return said.strip().splitlines()[-1][:120]


# ---- bad input --------------------------------------------------------------------------------------------------------
def a_volume_that_is_read_only_or_full_is_told():
    said = images.run("train", "swiftrec", "train", SMALL, "--out", "models/a", options=mounted(models("ro"), ":ro"), code=3)
    expect("models/a" in said.errors and "read only" in said.errors, said.errors)
    full = models("full")
    run("mount", "-t", "tmpfs", "-o", f"size=16k,uid={USER}", "tmpfs", full)
    try:
        other = images.run("train", "swiftrec", "train", SMALL, "--out", "models/a", options=mounted(full), code=3)
    finally:
        run("umount", full)
    expect("No space left" in other.errors, other.errors)
    return f"{said.errors.strip().splitlines()[-1]} | {other.errors.strip().splitlines()[-1]}"


def a_gpu_where_there_is_none_is_told():
    if pathlib.Path("/proc/driver/nvidia/version").exists():
        raise Skip("this machine has a GPU")
    command = ["swiftrec", "train", SMALL, "--out", "models/a", "--device", "cuda"]
    said = images.run("train", *command, options=mounted(models("gpu")), code=None)
    expect(said.code in (2, 5) and "cuda" in said.errors and "cpu" in said.errors, f"exit {said.code}: {said.everything}")
    return said.errors.strip().splitlines()[-1]


def traces_of_the_building_machine_stop_the_build():
    """A layer, a label and a file name that hold the mirror's address are each found; without them nothing is."""
    mirror, built = "mirror.packages.test.invalid", "localhost/swiftrec-traces"
    faults = (f"RUN echo deb http://{mirror}/debian >/tmp/sources", f"LABEL from={mirror}", f"RUN touch /tmp/{mirror}")
    for fault, code in (*((fault, 1) for fault in faults), ("LABEL from=nowhere", 0)):
        folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        (folder / "Dockerfile").write_text(f"FROM localhost/debian:bookworm-slim\n{fault}\n")
        (folder / "sbom").write_text("{}")
        run("buildah", "bud", "-q", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker",
            "-t", built, folder)
        run("buildah", "push", "-q", "--disable-compression", built, f"oci:{folder}/oci:x")
        podman("rmi", built)
        said = run("env", f"SWIFTREC_TRACES={mirror}", sys.executable, "scripts/image_checks.py", "clean", folder / "oci",
                   folder / "sbom", code=code)
        expect(code == 0 or mirror in said.errors, said.everything)


# ---- company-example, registry, compose -------------------------------------------------------------------------------
def company_example_has_its_layer():
    row = images.run("company-example", "python3", "-c", "from company_sdk import row_of; print(row_of('user-1', 1000))")
    expect(row.strip().isdigit() and int(row) < 1000, row)
    authority = next((ROOT / "deploy/images/company-example/certificates").glob("*.crt")).read_text().splitlines()[2]
    expect(authority in images.run("company-example", "cat", "/etc/ssl/certs/ca-certificates.crt"), "the CA is not trusted")
    folder = models("company")
    command = ["swiftrec", "train", "/opt/company/configs/team-mf.yaml", "--out", "models/a"]
    images.run("company-example", *command, options=mounted(folder))
    expect(list((folder / "a").rglob("*.safetensors")), "no checkpoint")


def push_to_a_registry():
    """Debian's docker-registry on loopback: what was pushed is the image, by its digest."""
    if not shutil.which("docker-registry"):
        raise Skip("apt-get install docker-registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = scratch / "registry.yml"
    configuration.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {scratch}/registry}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n")
    registry = subprocess.Popen(["docker-registry", "serve", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        run("scripts/images.sh", "push", f"127.0.0.1:{port}/recommenders", "base", "serve", timeout=600)
        remote = json.loads(run(
            "skopeo", "inspect", "--config", "--raw", "--tls-verify=false",
            f"docker://127.0.0.1:{port}/recommenders/swiftrec-serve:{images.tag}"))
        local = images.inspect("serve")
        expect(remote["config"]["Labels"] == local["Config"]["Labels"], remote["config"]["Labels"])
        expect(remote["rootfs"]["diff_ids"] == local["RootFS"]["Layers"], "other layers than the local ones")
        expect(remote["config"]["Healthcheck"], "the health check was lost on the way")
    finally:
        registry.terminate()
        registry.wait()
    said = run("make", "-s", "push", code=2)
    expect("REGISTRY=" in said.errors, said.errors)


def compose_runs():
    """compose.yaml by podman-compose: train, then serve answers from the run."""
    folder = scratch / "compose"
    for name in ("data", "models", "logs"):
        (folder / "workspace").mkdir(parents=True, exist_ok=True)
        volume(folder / "workspace", name)
    # The host's network, because this test's machine may lack a firewall for a network of containers.
    text = (ROOT / "compose.yaml").read_text().replace("  read_only: true", "  network_mode: host\n  read_only: true", 1)
    (folder / "compose.yaml").write_text(text)
    for service in ("train", "serve"):
        said = run(images.folder / "tools/bin/podman-compose", "-f", folder / "compose.yaml", "run", "--rm", service)
    expect(len(re.findall(r"^ *[1-3] ", said, re.M)) == 3, said.everything)


def dockerfiles_and_scripts_are_linted():
    run(images.folder / "tools/bin/hadolint", *sorted((ROOT / "deploy/images").rglob("Dockerfile")))
    if not shutil.which("shellcheck"):
        return "hadolint; shellcheck is not installed (apt-get install shellcheck)"
    excluded = "SC1091,SC2034,SC2153,SC2154,SC2015,SC2164"
    run("shellcheck", "-s", "bash", "-e", excluded, "scripts/images.sh", "scripts/images-engine.sh")
    return "hadolint, shellcheck"


def docker_lines_of_the_readme_run():
    """With podman for docker, and without what this machine lacks: GPUs and a lab that goes on for ever."""
    lines = re.findall(r"^docker run .*$", (ROOT / "README.md").read_text().replace("\\\n", " "), re.M)
    folder = scratch / "readme"
    for name in ("data", "models", "logs"):
        (folder / "workspace").mkdir(parents=True, exist_ok=True)
        volume(folder / "workspace", name)
    chosen = [line for line in lines if "--gpus" not in line and "swiftrec-lab" not in line]
    for line in chosen:
        line = re.sub(r"\./workspace", f"{folder}/workspace", line.replace("docker run", "podman run --no-healthcheck"))
        said = run("bash", "-euc", line.replace(" swiftrec-", " localhost/swiftrec-"))
    expect(len(re.findall(r"^ *[1-3] ", said, re.M)) == 3, said.everything)
    return f"{len(chosen)} of {len(lines)} lines"


CHECKS = [
    sizes, labels_and_contract, sboms, documents_name_what_the_images_have, no_compiler_no_headers_no_pip,
    packages_are_the_pinned_ones, libraries_are_all_found, hardened, doctor_passes, health_check,
    train_leaves_its_checkpoint, serve_answers_from_it, torchrun_starts_two_processes,
    a_container_beyond_its_memory_is_killed_alone, sigterm_stops_and_resume_goes_on,
    a_volume_that_is_read_only_or_full_is_told, a_gpu_where_there_is_none_is_told,
    traces_of_the_building_machine_stop_the_build, company_example_has_its_layer, push_to_a_registry, compose_runs,
    docker_lines_of_the_readme_run, dockerfiles_and_scripts_are_linted,
]
if __name__ == "__main__":
    for needed in ("base", "serve", "train", "company-example"):
        if not images.has(needed):
            raise SystemExit(f"failed: there is no {images.name(needed)}\n  remedy: make images")
    run_checks(CHECKS, sys.argv[1:])
