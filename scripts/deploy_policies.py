"""What the manifests have to keep beyond their schema. Each policy takes all objects of one overlay and yields its faults."""
import re

WORKLOADS = {"Deployment", "Job", "PyTorchJob"}
SECRET_NAMES = re.compile(r"(KEY|TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL)", re.I)


def name(thing):
    return f"{thing['kind']} {thing['metadata']['name']}"


def of_kind(things, *kinds):
    return [thing for thing in things if thing["kind"] in kinds]


def templates(things):
    """Every pod template, with the object it belongs to."""
    for thing in of_kind(things, *WORKLOADS):
        if thing["kind"] == "PyTorchJob":
            for role, replica in thing["spec"]["pytorchReplicaSpecs"].items():
                yield f"{name(thing)}, {role}", replica["template"]
        else:
            yield name(thing), thing["spec"]["template"]


def containers(things):
    for owner, template in templates(things):
        for container in template["spec"]["containers"] + template["spec"].get("initContainers", []):
            yield f"{owner}, container {container['name']}", container, template["spec"]


def pods_are_hardened(things, **_):
    for owner, template in templates(things):
        spec = template["spec"]
        context = spec.get("securityContext", {})
        for key, wanted in [("runAsNonRoot", True), ("seccompProfile", {"type": "RuntimeDefault"})]:
            if context.get(key) != wanted:
                yield f"{owner}: securityContext.{key} is {context.get(key)}; write {key}: {wanted}"
        if context.get("runAsUser", 0) < 10_000:
            yield f"{owner}: securityContext.runAsUser is {context.get('runAsUser')}; the images' user is 10001"
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(key):
                yield f"{owner}: {key} opens the node to the pod; leave it out"
        for volume in spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{owner}: volume {volume['name']} is a hostPath; use a claim"
    for owner, container, _ in containers(things):
        context = container.get("securityContext", {})
        wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        for key, value in wanted.items():
            if context.get(key) != value:
                yield f"{owner}: securityContext.{key} is {context.get(key)}; write {key}: {value}"


def resources_are_bounded(things, **_):
    for owner, container, spec in containers(things):
        for what in ("requests", "limits"):
            given = container.get("resources", {}).get(what, {})
            for key in ("cpu", "memory"):
                if key not in given:
                    yield f"{owner}: resources.{what}.{key} is missing; a pod without it starves others, or is starved"
        for volume in spec.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield f"{owner}: emptyDir {volume['name']} has no sizeLimit; it could fill the node"


def images_are_this_release(things, version="", **_):
    """A server of another version than the packages it is given says so and ends: overlays follow the release."""
    for owner, container, _ in containers(things):
        image = container["image"]
        tag = image.rpartition("/")[2].partition(":")[2]
        if not re.fullmatch(re.escape(version) + r"-(cpu|cu\d+)", tag):
            yield f"{owner}: image {image} is not of this release; its tag is {version}-cpu or {version}-cu130"


def gpus_have_their_image(things, **_):
    for owner, container, spec in containers(things):
        has_gpu = "nvidia.com/gpu" in container.get("resources", {}).get("limits", {})
        if has_gpu and not re.search(r"-cu\d+$", container["image"]):
            yield f"{owner}: a GPU is asked for, and image {container['image']} is built for CPUs; take -cu130"
        if has_gpu and "nvidia.com/gpu.product" not in str(spec.get("affinity", {})):
            yield f"{owner}: a GPU is asked for without its kind; say which by nodeAffinity on nvidia.com/gpu.product"


def servers_are_asked_how_they_are(things, **_):
    for thing in of_kind(things, "Deployment"):
        for container in thing["spec"]["template"]["spec"]["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe not in container:
                    yield f"{name(thing)}, container {container['name']}: no {probe}"


def nobody_has_rights(things, **_):
    for thing in of_kind(things, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{name(thing)}: gives rights in the cluster that nothing here needs; leave it out"
    for thing in of_kind(things, "ServiceAccount"):
        if thing.get("automountServiceAccountToken") is not False:
            yield f"{name(thing)}: write automountServiceAccountToken: false"
    for owner, template in templates(things):
        if template["spec"].get("automountServiceAccountToken") is not False:
            yield f"{owner}: write automountServiceAccountToken: false"


def secrets_are_references(things, **_):
    for thing in of_kind(things, "Secret"):
        yield f"{name(thing)}: a secret in a manifest ends in a repository; make it with kubectl or an operator, and refer to it"
    for owner, container, _ in containers(things):
        for variable in container.get("env", []):
            if SECRET_NAMES.search(variable["name"]) and "value" in variable:
                yield f"{owner}: {variable['name']} stands there in the clear; write valueFrom: secretKeyRef"
    for thing in of_kind(things, "ConfigMap"):
        for key in thing.get("data", {}):
            if SECRET_NAMES.search(key):
                yield f"{name(thing)}: {key} reads like a secret; keep it in a Secret"


def traffic_is_named(things, **_):
    """All traffic is refused both ways, and every workload has a policy that allows its own."""
    policies = of_kind(things, "NetworkPolicy")
    both = {"Ingress", "Egress"}
    if not any(
        not policy["spec"]["podSelector"] and set(policy["spec"]["policyTypes"]) == both
        and not policy["spec"].get("ingress") and not policy["spec"].get("egress") for policy in policies
    ):
        yield "no NetworkPolicy refuses all traffic both ways: podSelector: {}, policyTypes: [Ingress, Egress]"
    for owner, template in templates(things):
        labels = template["metadata"].get("labels", {})
        own = [
            policy for policy in policies
            if (wanted := policy["spec"]["podSelector"].get("matchLabels")) and wanted.items() <= labels.items()
        ]
        if not own:
            yield f"{owner}: no NetworkPolicy names what it may be asked and may ask"
    for policy in policies:
        for way, ends in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(way) or []:
                if not rule.get(ends):
                    yield f"{name(policy)}: an {way} rule for everybody; say {ends} whom"


def references_are_met(things, **_):
    """Names that Kubernetes would only miss when a pod has to start."""
    have = {(thing["kind"], thing["metadata"]["name"]) for thing in things}
    pods = list(templates(things))

    def has(kind, wanted, owner):
        if (kind, wanted) not in have:
            yield f"{owner}: {kind} {wanted} is not there; there are {sorted(n for k, n in have if k == kind)}"

    for owner, template in pods:
        spec = template["spec"]
        yield from has("ServiceAccount", spec.get("serviceAccountName"), owner)
        yield from has("PriorityClass", spec.get("priorityClassName"), owner)
        mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        for missing in mounted ^ volumes:
            yield f"{owner}: volume {missing} is {'mounted and not there' if missing in mounted else 'there and not mounted'}"
        for volume in spec.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                yield from has("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"], owner)
            if "configMap" in volume:
                yield from has("ConfigMap", volume["configMap"]["name"], owner)
    for service in of_kind(things, "Service"):
        selector = service["spec"]["selector"]
        chosen = [t for _, t in pods if selector.items() <= t["metadata"].get("labels", {}).items()]
        if not chosen:
            yield f"{name(service)}: its selector {selector} matches no pod"
        ports = {p.get("name") for t in chosen for c in t["spec"]["containers"] for p in c.get("ports", [])}
        for port in service["spec"]["ports"]:
            if isinstance(port.get("targetPort"), str) and port["targetPort"] not in ports:
                yield f"{name(service)}: no container has a port named {port['targetPort']}"
    for thing in of_kind(things, "HorizontalPodAutoscaler"):
        target = thing["spec"]["scaleTargetRef"]
        yield from has(target["kind"], target["name"], name(thing))
    for thing in of_kind(things, "PodDisruptionBudget"):
        selector = thing["spec"]["selector"]["matchLabels"]
        if not any(selector.items() <= t["metadata"].get("labels", {}).items() for _, t in pods):
            yield f"{name(thing)}: its selector {selector} matches no pod"
    for thing in of_kind(things, "Ingress"):
        for rule in thing["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                yield from has("Service", backend["name"], name(thing))
                ports = [
                    port["name"] for service in of_kind(things, "Service")
                    if service["metadata"]["name"] == backend["name"] for port in service["spec"]["ports"]
                ]
                if backend["port"]["name"] not in ports:
                    yield f"{name(thing)}: Service {backend['name']} has no port {backend['port']['name']}, but {ports}"


def commands_are_known(things, help_of=None, **_):
    """Every option of an argument is one that the program has; `help_of` gives a command's help."""
    for owner, container, _ in containers(things):
        words = container.get("args") or []
        if words[:1] != ["swiftrec"]:
            yield f"{owner}: args begin with {words[:1]}, not with swiftrec: the image's entry point starts what is named"
            continue
        texts = help_of(words[1]) + (help_of("train") if words[1] == "launch" else "")
        if not texts:
            yield f"{owner}: swiftrec has no command {words[1]}"
        for word in words[2:]:
            option = word.partition("=")[0]
            if option.startswith("-") and not re.search(rf"(^|[\s,]){re.escape(option)}([\s,=]|$)", texts):
                yield f"{owner}: swiftrec {words[1]} has no option {option}"


POLICIES = [
    pods_are_hardened, resources_are_bounded, images_are_this_release, gpus_have_their_image, servers_are_asked_how_they_are,
    nobody_has_rights, secrets_are_references, traffic_is_named, references_are_met, commands_are_known,
]
