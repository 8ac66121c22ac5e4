/// The environment variables that change what a training computes or how fast.
public enum EnvironmentVariables {
  /// What the names begin with.
  static let prefixes = [
    "ATEN_", "CUBLAS_", "CUDA_", "CUDNN_", "DNNL_", "GLOO_", "GOMP_", "KMP_", "LD_LIBRARY_PATH", "LD_PRELOAD",
    "MALLOC_",
    "MKL_", "NCCL_", "NVIDIA_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTORCH_", "THP_MEM_ALLOC_ENABLE", "TORCH_",
  ]

  /// What `make` hands to set-up, and with it to all that it starts: which PyTorch they chose is recorded as such.
  private static let inputs = ["TORCH_ROOT", "TORCH_VARIANT"]

  /// Parts of names whose values are nobody's business.
  private static let secrets = ["TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "API_KEY", "ACCESS_KEY"]

  /// Those of `environment` that matter; of one that may hold a secret only that it is set.
  public static func relevant(_ environment: [String: String]) -> [String: String] {
    var found: [String: String] = [:]
    for (name, value) in environment
    where prefixes.contains(where: { name.hasPrefix($0) }) && !inputs.contains(name) {
      found[name] = secrets.contains { name.contains($0) } ? "(set, not recorded)" : value
    }
    return found
  }

  /// What another value of a variable can do.
  static func effect(_ name: String) -> (effect: EnvironmentEffect, why: String) {
    switch name {
    case "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_DYNAMIC", "MKL_DYNAMIC":
      (.numbers, "sums are split by thread, and are added in another order")
    case "THP_MEM_ALLOC_ENABLE": (.speed, "large pages, the same numbers in them")
    case "LD_LIBRARY_PATH", "LD_PRELOAD": (.numbers, "another library may stand in for the one that was tried")
    case "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES": (.numbers, "another GPU may be a GPU of another kind")
    case "CUBLAS_WORKSPACE_CONFIG": (.numbers, "cuBLAS sums in a fixed order only with a fixed workspace")
    case _ where ["GOMP_", "MALLOC_", "PYTORCH_"].contains { name.hasPrefix($0) }:
      (.speed, "how memory is kept or how threads wait, not what they compute")
    case "CUDA_LAUNCH_BLOCKING", "CUDA_DEVICE_ORDER", "CUDA_MODULE_LOADING", "NVIDIA_DRIVER_CAPABILITIES":
      (.speed, "when and where kernels run, not what they compute")
    case _ where name.hasPrefix("NCCL_"): (.numbers, "another algorithm adds up the ranks in another order")
    case _ where name.hasPrefix("OMP_") || name.hasPrefix("KMP_"):
      (.numbers, "another schedule splits sums otherwise")
    default: (.numbers, "may choose other kernels")
    }
  }
}
