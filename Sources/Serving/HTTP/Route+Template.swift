extension Route {
  /// The path with its variable parts by name: what stands for a request where no user's id may.
  package var template: String {
    func model(_ version: String?, _ rest: String = "") -> String {
      (version == nil ? "/v2/models/{model}" : "/v2/models/{model}/versions/{version}") + rest
    }
    return switch self {
    case .live: "/v2/health/live"
    case .ready: "/v2/health/ready"
    case .server: "/v2"
    case .modelReady(_, let version): model(version, "/ready")
    case .model(_, let version): model(version)
    case .configuration(_, let version): model(version, "/config")
    case .infer(_, let version): model(version, "/infer")
    case .statistics(nil, _): "/v2/models/stats"
    case .statistics(_, let version): model(version, "/stats")
    case .repositoryIndex: "/v2/repository/index"
    case .repositoryLoad: "/v2/repository/models/{model}/load"
    case .repositoryUnload: "/v2/repository/models/{model}/unload"
    case .rollback: "/v2/repository/models/{model}/rollback"
    case .modelStatus(_, nil): "/v1/models/{model}"
    case .modelStatus: "/v1/models/{model}/versions/{version}"
    case .predict(_, nil): "/v1/models/{model}:predict"
    case .predict: "/v1/models/{model}/versions/{version}:predict"
    case .recommend: "/v1/recommend/{user}"
    case .popular: "/v1/popular"
    case .similar: "/v1/similar/{item}"
    case .rank: "/v1/rank"
    case .sessionRecommend: "/v1/session/recommend"
    case .events: "/v1/events"
    case .deleteEvents: "/v1/users/{user}/events"
    case .openAPI: "/openapi.json"
    case .healthy: "/healthz"
    case .metrics: "/metrics"
    }
  }

  /// Whether a path is one that orchestrators and Prometheus ask again and again.
  static func isProbe(_ path: Substring) -> Bool {
    path == "/healthz" || path == "/readyz" || path == "/metrics" || path.hasPrefix("/v2/health/")
  }
}
