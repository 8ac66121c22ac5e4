import HTTPTypes

/// Every question that the HTTP API answers: its table of contents.
package enum Route: Equatable, Sendable {
  // Open Inference Protocol v2, with Triton's extensions
  case live, ready, server
  case modelReady(String, version: String?)
  case model(String, version: String?)
  case configuration(String, version: String?)
  case infer(String, version: String?)
  case statistics(String?, version: String?)
  case repositoryIndex
  case repositoryLoad(String), repositoryUnload(String)
  // TF Serving and KServe v1
  case modelStatus(String, version: String?)
  case predict(String, version: String?)
  // The recommender API
  case recommend(String), popular, similar(String), rank, sessionRecommend, events, deleteEvents(String)
  // Operations
  case openAPI, healthy, metrics, rollback(String)

  /// The name in metrics and logs, without what a client filled in.
  var name: String {
    switch self {
    case .live: "live"
    case .ready: "ready"
    case .server: "server"
    case .modelReady: "model_ready"
    case .model: "model"
    case .configuration: "config"
    case .infer: "infer"
    case .statistics: "statistics"
    case .repositoryIndex: "repository_index"
    case .repositoryLoad: "repository_load"
    case .repositoryUnload: "repository_unload"
    case .modelStatus: "model_status"
    case .predict: "predict"
    case .recommend: "recommend"
    case .popular: "popular"
    case .similar: "similar"
    case .rank: "rank"
    case .sessionRecommend: "session_recommend"
    case .events: "events"
    case .deleteEvents: "delete_events"
    case .openAPI: "openapi"
    case .healthy: "healthy"
    case .metrics: "metrics"
    case .rollback: "rollback"
    }
  }

  /// What a key must open for it; nil for what everybody may ask.
  var scope: KeyScope? {
    switch self {
    case .live, .ready, .healthy, .openAPI: nil
    case .events: .events
    case .metrics, .repositoryLoad, .repositoryUnload, .rollback, .deleteEvents: .admin
    default: .predict
    }
  }

  /// - Parameter path: as it came, without the query.
  /// - Throws: `ServingError` `.notFound`, or `.methodNotAllowed` with the methods that the path has.
  package init(_ method: HTTPRequest.Method, _ path: Substring) throws(ServingError) {
    var segments: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      guard let text = PercentText.decoded(part, plusIsSpace: false) else {
        throw .invalid("the path holds a % that is followed by no two hexadecimal digits, or no UTF-8; encode it")
      }
      segments.append(text)
    }
    guard let (allowed, route) = Self.find(segments) else {
      throw .notFound("there is no \(path.prefix(120)); /openapi.json lists what there is")
    }
    guard allowed == method || allowed == .get && method == .head else {
      throw ServingError(
        .methodNotAllowed, "\(method.rawValue.prefix(20)) is not answered here, \(allowed.rawValue) is")
    }
    self = route
  }

  private static func find(_ segments: [String]) -> (HTTPRequest.Method, Route)? {
    switch segments.first {
    case "v2": findOpenInference(Array(segments.dropFirst()))
    case "v1": findRecommender(Array(segments.dropFirst()))
    case "openapi.json" where segments.count == 1: (.get, .openAPI)
    case "metrics" where segments.count == 1: (.get, .metrics)
    case "healthz" where segments.count == 1: (.get, .healthy)
    case "readyz" where segments.count == 1: (.get, .ready)
    default: nil
    }
  }

  private static func findOpenInference(_ rest: [String]) -> (HTTPRequest.Method, Route)? {
    switch rest.first {
    case nil: return (.get, .server)
    case "health" where rest == ["health", "live"]: return (.get, .live)
    case "health" where rest == ["health", "ready"]: return (.get, .ready)
    case "repository" where rest == ["repository", "index"]: return (.post, .repositoryIndex)
    case "repository" where rest.count == 4 && rest[1] == "models":
      return switch rest[3] {
      case "load": (.post, .repositoryLoad(rest[2]))
      case "unload": (.post, .repositoryUnload(rest[2]))
      case "rollback": (.post, .rollback(rest[2]))
      default: nil
      }
    case "models" where rest == ["models", "stats"]: return (.get, .statistics(nil, version: nil))
    case "models" where rest.count >= 2:
      let name = rest[1]
      var version: String?
      var last = Array(rest.dropFirst(2))
      if last.count >= 2, last[0] == "versions" {
        version = last[1]
        last.removeFirst(2)
      }
      return switch last {
      case []: (.get, .model(name, version: version))
      case ["ready"]: (.get, .modelReady(name, version: version))
      case ["config"]: (.get, .configuration(name, version: version))
      case ["infer"]: (.post, .infer(name, version: version))
      case ["stats"]: (.get, .statistics(name, version: version))
      default: nil
      }
    default: return nil
    }
  }

  private static func findRecommender(_ rest: [String]) -> (HTTPRequest.Method, Route)? {
    switch rest.first {
    case "recommend" where rest.count == 2: return (.get, .recommend(rest[1]))
    case "similar" where rest.count == 2: return (.get, .similar(rest[1]))
    case "popular" where rest.count == 1: return (.get, .popular)
    case "rank" where rest.count == 1: return (.post, .rank)
    case "events" where rest.count == 1: return (.post, .events)
    case "session" where rest == ["session", "recommend"]: return (.post, .sessionRecommend)
    case "users" where rest.count == 3 && rest[2] == "events": return (.delete, .deleteEvents(rest[1]))
    case "models" where rest.count == 2 || rest.count == 4 && rest[2] == "versions":
      let (last, verb) = Self.verb(rest[rest.count - 1])
      let name = rest.count == 2 ? last : rest[1]
      let version = rest.count == 4 ? last : nil
      return switch verb {
      case nil: (.get, .modelStatus(name, version: version))
      case "predict": (.post, .predict(name, version: version))
      default: nil
      }
    default: return nil
    }
  }

  private static func verb(_ segment: String) -> (name: String, verb: String?) {
    guard let colon = segment.lastIndex(of: ":") else { return (segment, nil) }
    return (String(segment[..<colon]), String(segment[segment.index(after: colon)...]))
  }
}
