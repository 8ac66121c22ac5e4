"""The lab's image, run by podman as a cluster would: read-only root, no capabilities, a user of its own, limits."""
import os
import pathlib
import subprocess

from lab_under_test import IMAGE_USER, Lab

# Room for what compilers write, and programs may run there: SwiftPM compiles and runs a package's manifest.
TMPFS = "/tmp:rw,exec,size=1g,mode=1777"


class ImageLab(Lab):
    kind = "image"
    memory = "4g"

    def __init__(self, folder, image):
        super().__init__(folder)
        self.image = image
        self.uid, self.user = IMAGE_USER
        self.inner_workspace = self.home = pathlib.Path("/workspace")
        self.name = f"lab-test-{os.getpid()}-{self.folder.name}"
        os.chown(self.workspace, self.uid, self.uid)

    def begin(self, environment, log):
        user = "0:0" if self.as_root else f"{self.uid}:{self.uid}"
        command = [
            "podman", "run", "--rm", "--name", self.name, "--network", "host", "--read-only", "--tmpfs", TMPFS,
            "--user", user, "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--memory", self.memory, "--memory-swap", self.memory, "--pids-limit", "1024", "-v", f"{self.workspace}:/workspace:rw",
        ]
        for name, value in environment.items():
            command += ["-e", f"{name}={value}"]
        return subprocess.Popen([*command, self.image], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def end(self):
        subprocess.run(["podman", "stop", "-t", "15", self.name], capture_output=True)

    def can_be_root(self):
        return True

    def leftovers(self):
        return subprocess.run(
            ["podman", "ps", "-aq", "--filter", f"name={self.name}"], capture_output=True, text=True).stdout.split()

    def inside(self, *command):
        """Runs a command in the lab that is up."""
        return subprocess.run(["podman", "exec", self.name, *command], capture_output=True, text=True, timeout=120)

    def is_healthy(self):
        return subprocess.run(["podman", "healthcheck", "run", self.name], capture_output=True).returncode == 0


def cannot_run_image(image):
    """Why the image cannot be run here; nothing where it can."""
    try:
        found = subprocess.run(["podman", "image", "exists", image], capture_output=True).returncode == 0
    except FileNotFoundError:
        return "podman is not installed (make images)"
    return None if found else f"there is no {image} (make images)"
