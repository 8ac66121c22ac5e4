import Features

/// What stands under `SWIFTREC_DATA`.
enum RealData {
  static let hasMovieLens100K = has("ml-100k")
  static let hasNCF = has("ncf-ml-1m")

  private static func has(_ name: String) -> Bool {
    Datasets.list().contains { $0.name == name && $0.state == .present }
  }
}
