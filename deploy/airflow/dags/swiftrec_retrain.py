"""Retrains a recommender when there is new data, and deploys it only where it is better.

Each task is one step of `swiftrec pipeline run FILE --only STEP`; what a step leaves lies in the pipeline's folder, on a volume that all
share. On Kubernetes each is a Pod; with SWIFTREC_MODE=local each is a process here, so that `airflow dags test` runs it for real.

Settings, from the environment of the scheduler:

    SWIFTREC_PIPELINE    the pipeline file, as the Pods see it            /data/pipeline.yaml
    SWIFTREC_MODE        kubernetes or local                              kubernetes
    SWIFTREC_SCHEDULE    when it looks for new data                       @daily
    SWIFTREC_PROGRAM     local: the program                               swiftrec
    SWIFTREC_FOLDER      local: the folder that paths are relative to     the scheduler's
    SWIFTREC_NAMESPACE   kubernetes: where the Pods run                   swiftrec
    SWIFTREC_IMAGE       kubernetes: the training image                   swiftrec-train:latest
    SWIFTREC_CLAIM       kubernetes: the volume claim, mounted as /data   swiftrec-data
    SWIFTREC_SECRET      kubernetes: a secret whose keys become variables, such as the webhook's address
"""
import datetime
import json
import os
import shlex

from airflow.exceptions import AirflowException
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG
from airflow.task.trigger_rule import TriggerRule

MODE = os.environ.get("SWIFTREC_MODE", "kubernetes")
PIPELINE = os.environ.get("SWIFTREC_PIPELINE", "/data/pipeline.yaml")
NOTHING_NEW = 4  # the exit code of `swiftrec pipeline watch --wait`
# A heavy step alone takes these; the others do with the small ones.
SMALL = {"cpu": "250m", "memory": "512Mi"}
LARGE = {"cpu": "2", "memory": "8Gi"}

if MODE not in ("kubernetes", "local"):
    raise AirflowException(f"SWIFTREC_MODE: received {MODE}, expected kubernetes or local; unset it for kubernetes")


def local(task_id, arguments, **options):
    """A step as a process on this machine."""
    from airflow.providers.standard.operators.bash import BashOperator

    program = os.environ.get("SWIFTREC_PROGRAM", "swiftrec")
    return BashOperator(
        task_id=task_id, bash_command="exec " + shlex.join([program, *arguments]), append_env=True,
        cwd=os.environ.get("SWIFTREC_FOLDER"), **options)


def pod(task_id, arguments, resources=SMALL, answers=False, **options):
    """A step as a Pod. What a task is asked for later, it writes where Airflow's sidecar finds it."""
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from kubernetes.client import models as k8s

    command = "exec " + shlex.join(["swiftrec", *arguments]) + (" > /airflow/xcom/return.json" if answers else "")
    secret = os.environ.get("SWIFTREC_SECRET")
    return KubernetesPodOperator(
        task_id=task_id, name=f"swiftrec-{task_id}".replace("_", "-"),
        namespace=os.environ.get("SWIFTREC_NAMESPACE", "swiftrec"),
        image=os.environ.get("SWIFTREC_IMAGE", "swiftrec-train:latest"),
        cmds=["/bin/sh", "-c", command], env_vars={"SWIFTREC_REGISTRY": "/data/registry"},
        env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name=secret))] if secret else None,
        volumes=[
            k8s.V1Volume(
                name="data", persistent_volume_claim=k8s.V1PersistentVolumeClaimVolumeSource(
                    claim_name=os.environ.get("SWIFTREC_CLAIM", "swiftrec-data")))
        ],
        volume_mounts=[k8s.V1VolumeMount(name="data", mount_path="/data")],
        container_resources=k8s.V1ResourceRequirements(requests=resources, limits=resources),
        # The images' own user; nothing is gained by being root.
        security_context=k8s.V1PodSecurityContext(run_as_non_root=True, run_as_user=10001, fs_group=10001),
        container_security_context=k8s.V1SecurityContext(
            allow_privilege_escalation=False, capabilities=k8s.V1Capabilities(drop=["ALL"])),
        automount_service_account_token=False, do_xcom_push=answers, on_finish_action="delete_succeeded_pod",
        startup_timeout_seconds=600, get_logs=True, **options)


def step(name, resources=SMALL, answers=False, **options):
    arguments = ["pipeline", "run", PIPELINE, "--only", name, "--json"]
    if MODE == "local":
        return local(name, arguments, do_xcom_push=answers, **options)
    return pod(name, arguments, resources, answers, **options)


def new_data():
    """Waits for a dataset version that the pipeline has not seen."""
    watch = ["pipeline", "watch", PIPELINE, "--wait"]
    if MODE == "local":
        from airflow.providers.standard.sensors.bash import BashSensor

        command = shlex.join([os.environ.get("SWIFTREC_PROGRAM", "swiftrec"), *watch, "0"])
        folder = os.environ.get("SWIFTREC_FOLDER")
        return BashSensor(
            task_id="new_data", bash_command=f"cd {shlex.quote(folder)} && {command}" if folder else command,
            retry_exit_code=NOTHING_NEW, poke_interval=60, timeout=12 * 3600)
    # Nothing new in that time is no failure: the day's run is skipped.
    return pod("new_data", [*watch, "3600"], skip_on_exit_code=NOTHING_NEW)


def choose(task_instance):
    """Which way it goes: the answer of `compare`."""
    answer = task_instance.xcom_pull(task_ids="compare")
    if isinstance(answer, str):
        answer = json.loads(answer)
    return "canary" if answer["is_better"] else "keep"


def fail():
    raise AirflowException("a step failed: see its log; the champion stays as it was")


with DAG(
    dag_id="swiftrec_retrain",
    description="New data to users: trained, compared, tried as a canary, promoted or not.",
    schedule=os.environ.get("SWIFTREC_SCHEDULE", "@daily"),
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    catchup=False, max_active_runs=1,
    # A step that is done again begins where it was killed, or anew; neither deploys anything.
    default_args={"retries": 0 if MODE == "local" else 1, "retry_delay": datetime.timedelta(minutes=1)},
    doc_md=__doc__,
) as dag:
    # What looks at figures is not asked twice: data that is refused stays refused.
    steps = [
        new_data(), step("ingest"), step("validate", retries=0), step("train", LARGE), step("evaluate", LARGE),
        step("register"), step("compare", answers=True),
    ]
    for first, second in zip(steps, steps[1:]):
        first >> second
    choice = BranchPythonOperator(task_id="choose", python_callable=choose)
    canary, promote, keep = step("canary", retries=0), step("promote", retries=0), EmptyOperator(task_id="keep")
    steps[-1] >> choice >> [canary, keep]
    canary >> promote
    told = step("notify", trigger_rule=TriggerRule.ALL_DONE)
    [promote, keep] >> told
    # What came before counts, and not that somebody was told of it.
    failed = PythonOperator(
        task_id="failed", python_callable=fail, trigger_rule=TriggerRule.ONE_FAILED, retries=0)
    [*steps, choice, canary, promote, told] >> failed
