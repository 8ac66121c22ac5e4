"""What an image must not hold, and what it may ask of the system.

  image_checks.py traces               the strings that would betray the machine that builds, one a line
  image_checks.py configuration FILE   looks for them in what `inspect` says of an image; prints a digest of its layers
  image_checks.py clean FOLDER SBOM    looks for them in an exported image (OCI layout): files, names, labels, history, SBOM;
                                       in a folder of several images only at what is new since the last
  image_checks.py glibc FILE...        fails when a file needs newer symbols than Debian 12 has
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Names that anybody may read in a published image.
PUBLIC = {
    "deb.debian.org", "security.debian.org", "snapshot.debian.org", "ftp.debian.org", "httpredir.debian.org",
    "pypi.org", "pypi.python.org", "files.pythonhosted.org", "download.pytorch.org", "docker.io", "localhost", "127.0.0.1",
}
HOST = re.compile(r"\b(?:https?|ftp|tor\+https?|mirror\+https?)://(?:[^/@\s'\"]*@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]+)")

# Debian 12: glibc 2.36, libstdc++ of GCC 12.
NEWEST = {"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)}


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def traces():
    """Hosts of the package mirrors and proxies in use, local certificates, and the checkout's path."""
    # Changelogs and the like are no mirrors.
    settings = "\n".join(line for line in output("apt-config", "dump").splitlines() if "Changelogs" not in line)
    settings += output("apt-get", "indextargets", "--format", "$(REPO_URI)")
    settings += output(sys.executable, "-m", "pip", "config", "list")
    settings += "\n".join(
        value for name, value in os.environ.items() if name.startswith("PIP_") or name.lower().endswith("_proxy"))
    found = {host for host in HOST.findall(settings) if host not in PUBLIC}
    for folder in ("/usr/local/share/ca-certificates",):
        for file in pathlib.Path(folder).glob("**/*.crt") if os.path.isdir(folder) else ():
            lines = [line for line in file.read_text(errors="replace").splitlines() if len(line) == 64]
            # A line from the middle: the first ones are alike among an issuer's certificates.
            if lines:
                found.add(lines[len(lines) // 2])
    # A path such as /app says nothing.
    if str(ROOT).count("/") > 1:
        found.add(f"{ROOT}/")
    found.update(os.environ.get("SWIFTREC_TRACES", "").split())
    return sorted(found)


def look(data, wanted, where):
    for trace in wanted:
        at = data.find(trace.encode())
        if at >= 0:
            around = data[max(0, at - 30):at + len(trace) + 40]
            yield f"{where} holds {trace!r}: ...{around.decode(errors='replace').splitlines()[0]!r}..."


def layers(folder, known):
    """The blobs of an OCI layout but the known ones: its JSON documents with None, its layers with their tar file."""
    for blob in sorted((folder / "blobs" / "sha256").iterdir()):
        if blob.name in known:
            continue
        with blob.open("rb") as file:
            head = file.read(1)
        if head == b"{":
            yield blob, None
        else:
            yield blob, tarfile.open(blob)


def clean(folder, sbom):
    wanted = traces()
    faults = []
    files = size = 0
    # The layers of images before this one, in the same folder.
    seen = pathlib.Path(folder) / "clean"
    known = set(seen.read_text().split()) if seen.exists() else set()
    for blob, layer in layers(pathlib.Path(folder), known.copy()):
        known.add(blob.name)
        if layer is None:
            faults += look(blob.read_bytes(), wanted, f"the image's configuration {blob.name[:12]}")
            continue
        with layer:
            for member in layer:
                faults += look(f"{member.name} {member.linkname}".encode(), wanted, f"the name of /{member.name}")
                if member.isfile():
                    content = layer.extractfile(member).read()
                    files, size = files + 1, size + len(content)
                    faults += look(content, wanted, f"/{member.name}")
    faults += look(pathlib.Path(sbom).read_bytes(), wanted, f"the SBOM {sbom}")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(wanted)} traces looked for in {files} files, {size >> 20} MB: {len(faults)} found")
    if not faults:
        seen.write_text("\n".join(known))
    return not faults


def configuration(file):
    """Labels, environment and history change without any layer changing: they are looked at each time."""
    text = pathlib.Path(file).read_text()
    faults = list(look(text.encode(), traces(), "the image's configuration"))
    for fault in faults:
        print(fault, file=sys.stderr)
    inspected = json.loads(text)
    inspected = inspected[0] if isinstance(inspected, list) else inspected
    found = inspected["RootFS"]["Layers"] if "RootFS" in inspected else inspected["OCIv1"]["rootfs"]["diff_ids"]
    print(hashlib.sha256(" ".join(found).encode()).hexdigest()[:24])
    return not faults


def glibc(files):
    good = True
    for file in files:
        for name, number in set(re.findall(r"\b(GLIBCXX|GLIBC|CXXABI)_([0-9.]+)", output("objdump", "-T", file))):
            if tuple(map(int, number.split("."))) > NEWEST[name]:
                print(f"{file} needs {name}_{number}; Debian 12 has {'.'.join(map(str, NEWEST[name]))}", file=sys.stderr)
                good = False
    return good


def main(arguments):
    match arguments:
        case ["traces"]:
            print("\n".join(traces()))
        case ["configuration", file]:
            return configuration(file)
        case ["clean", folder, sbom]:
            return clean(folder, sbom)
        case ["glibc", *files] if files:
            return glibc(files)
        case _:
            sys.exit(__doc__)
    return True


sys.exit(0 if main(sys.argv[1:]) else 1)
