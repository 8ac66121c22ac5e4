"""JupyterLab as the lab runs it. start.py sets the environment that is read here, and never leaves the token empty."""
import os
import pathlib
import warnings

# Extensions that guard their endpoints by themselves; scripts/test-lab.py holds them to it.
warnings.filterwarnings("ignore", message="Extension endpoints without")

c = get_config()  # noqa: F821  # Jupyter defines it

c.ServerApp.ip = os.environ["LAB_ADDRESS"]
c.ServerApp.port = int(os.environ["JUPYTER_PORT"])
# Another port than the published one would be out of reach.
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.root_dir = os.environ["WORKSPACE"]
c.Application.log_level = "WARN"
# "Shut down" in the menu would end the container.
c.ServerApp.quit_button = False
c.ServerApp.allow_root = False

c.IdentityProvider.token = pathlib.Path(os.environ["JUPYTER_TOKEN_FILE"]).read_text().strip()
c.PasswordIdentityProvider.hashed_password = ""
c.PasswordIdentityProvider.allow_password_change = False
# Every handler asks for the token unless it says by itself that it need not.
c.ServerApp.allow_unauthenticated_access = False

# The image is read-only and may have no way out: no extension is installed, no news is fetched.
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.app_settings_dir = str(pathlib.Path(__file__).resolve().parent / "settings")
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
# Kernels are reached by sockets in a folder of the lab's own, not by ports.
c.KernelManager.transport = "ipc"
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
