import Foundation

extension TracingOptions {
  /// What OpenTelemetry's standard variables say.
  ///
  /// - Returns: nil where they name no endpoint, or switch tracing off.
  /// - Throws: `ServingError` with every fault, a line each. Values of headers stand in none.
  public init?(environment: [String: String]) throws {
    var reader = Reader(environment)
    let isOff = reader.flag("OTEL_SDK_DISABLED") ?? false
    let exporter = reader.choice(["OTEL_TRACES_EXPORTER"], ["otlp", "none"])
    let given = reader.first(Self.exporter("ENDPOINT"))
    guard !isOff, exporter != "none", let given else {
      guard reader.faults.isEmpty else { throw reader.error }
      return nil
    }
    let endpoint = reader.endpoint(given)
    self.init(endpoint: endpoint ?? Endpoint(host: "", port: 0, isTLS: false))
    // The library's own default is HTTP; here it is what there is.
    if let (name, text) = reader.first(Self.exporter("PROTOCOL")), text != "grpc" {
      reader.fault(
        name, text, "grpc, the one protocol that is offered", "leave it out and give the collector's gRPC port")
    }
    headers = reader.pairs(Self.exporter("HEADERS"), isSecret: true)
    reader.requireHeaders(headers)
    isCompressed = reader.choice(Self.exporter("COMPRESSION"), ["none", "gzip"]) == "gzip"
    certificates = Certificates(
      authority: reader.file(Self.exporter("CERTIFICATE")), own: reader.file(Self.exporter("CLIENT_CERTIFICATE")),
      key: reader.file(Self.exporter("CLIENT_KEY")))
    if (certificates.own == nil) != (certificates.key == nil) {
      reader.faults.append(
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_KEY: received one without the other; give both, or neither"
      )
    }
    func seconds(_ names: [String], _ unless: Double) -> Double {
      reader.number(names, 1...86_400_000).map { Double($0) / 1000 } ?? unless
    }
    timeoutSeconds = seconds(Self.exporter("TIMEOUT"), timeoutSeconds)
    delaySeconds = seconds(["OTEL_BSP_SCHEDULE_DELAY"], delaySeconds)
    queueBound = reader.number(["OTEL_BSP_MAX_QUEUE_SIZE"], 1...1_000_000) ?? queueBound
    let most = reader.number(["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], 1...1_000_000)
    if let most, most > queueBound {
      reader.fault(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "\(most)", "at most the \(queueBound) of OTEL_BSP_MAX_QUEUE_SIZE",
        "raise that one, or lower this")
    }
    batch = most ?? min(batch, queueBound)
    resource = reader.pairs(["OTEL_RESOURCE_ATTRIBUTES"], isSecret: false)
    if let (_, name) = reader.first(["OTEL_SERVICE_NAME"]) {
      resource.removeAll { $0.key == "service.name" }
      resource.append(("service.name", name))
    } else if !resource.contains(where: { $0.key == "service.name" }) {
      resource.append(("service.name", "swiftrec"))
    }
    sampler = reader.sampler()
    guard reader.faults.isEmpty else { throw reader.error }
  }

  /// The variable for traces alone, which goes first, and that for all that OTLP carries.
  private static func exporter(_ name: String) -> [String] {
    ["OTEL_EXPORTER_OTLP_TRACES_\(name)", "OTEL_EXPORTER_OTLP_\(name)"]
  }

  /// Variables, and what is wrong with them. An empty one is none.
  private struct Reader {
    private let environment: [String: String]
    var faults: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    var error: ServingError { .invalid(faults.joined(separator: "\n")) }

    mutating func fault(_ name: String, _ received: String, _ expected: String, _ remedy: String) {
      faults.append("\(name): received \"\(received.prefix(80))\", expected \(expected); \(remedy)")
    }

    func first(_ names: [String]) -> (name: String, text: String)? {
      for name in names {
        let text = environment[name]?.trimmingCharacters(in: .whitespaces) ?? ""
        if !text.isEmpty { return (name, text) }
      }
      return nil
    }

    mutating func flag(_ name: String) -> Bool? {
      guard let (name, text) = first([name]) else { return nil }
      guard let value = Bool(text.lowercased()) else {
        fault(name, text, "true or false", "leave it out for false")
        return nil
      }
      return value
    }

    mutating func choice(_ names: [String], _ known: [String]) -> String? {
      guard let (name, text) = first(names) else { return nil }
      guard known.contains(text) else {
        fault(name, text, known.joined(separator: " or "), "leave it out for \(known[0])")
        return nil
      }
      return text
    }

    mutating func number(_ names: [String], _ range: ClosedRange<Int>) -> Int? {
      guard let (name, text) = first(names) else { return nil }
      guard let value = Int(text), range.contains(value) else {
        fault(
          name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)", "leave it out for the usual one"
        )
        return nil
      }
      return value
    }

    mutating func file(_ names: [String]) -> String? {
      guard let (name, text) = first(names) else { return nil }
      guard FileManager.default.isReadableFile(atPath: text) else {
        fault(name, text, "a PEM file that can be read", "give its path")
        return nil
      }
      return text
    }

    mutating func endpoint(_ given: (name: String, text: String)) -> Endpoint? {
      let remedy = "write http://HOST:4317, or https:// for TLS"
      guard let url = URLComponents(string: given.text), let scheme = url.scheme?.lowercased(),
        ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty, (1...65_535).contains(url.port ?? 4317)
      else {
        // What stands before an @ may be a password.
        let told = given.text.contains("@") ? "an address with an @" : given.text
        fault(given.name, told, "a URL with http or https, a host and a port", remedy)
        return nil
      }
      guard url.user == nil, url.password == nil else {
        fault(given.name, "a URL with a user", "none", "give the collector's key in OTEL_EXPORTER_OTLP_HEADERS")
        return nil
      }
      guard ["", "/"].contains(url.path), url.query == nil, url.fragment == nil else {
        fault(given.name, given.text, "no path: that is of OTLP over HTTP, and here it is gRPC", remedy)
        return nil
      }
      return Endpoint(
        host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: url.port ?? 4317,
        isTLS: scheme == "https")
    }

    /// `a=1,b=2`, values percent-encoded where they hold other than plain characters.
    mutating func pairs(_ names: [String], isSecret: Bool) -> [(key: String, value: String)] {
      guard let (name, text) = first(names) else { return [] }
      var pairs: [(String, String)] = []
      for (place, part) in text.split(separator: ",").enumerated() {
        let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = halves[0].trimmingCharacters(in: .whitespaces)
        guard halves.count == 2, !key.isEmpty,
          let value = PercentText.decoded(halves[1].trimmingCharacters(in: .whitespaces), plusIsSpace: false)
        else {
          fault(
            name, isSecret ? "entry \(place + 1)" : String(part), "KEY=VALUE, and a comma between two of them",
            "write a comma inside a value as %2C, a % as %25")
          continue
        }
        pairs.append((key, value))
      }
      return pairs
    }

    mutating func requireHeaders(_ headers: [(key: String, value: String)]) {
      let own = Set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
      for (name, value) in headers {
        let lower = name.lowercased()
        guard lower.allSatisfy(own.contains), !lower.hasSuffix("-bin"), !lower.hasPrefix("grpc-"),
          value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
          fault(
            "OTEL_EXPORTER_OTLP_HEADERS", name, "a name that gRPC takes, and a value of printable ASCII", "leave it out"
          )
          continue
        }
      }
    }

    mutating func sampler() -> TraceSampler {
      let (name, text) = first(["OTEL_TRACES_SAMPLER"]) ?? ("OTEL_TRACES_SAMPLER", "parentbased_always_on")
      var ratio = 1.0
      if let (name, text) = first(["OTEL_TRACES_SAMPLER_ARG"]) {
        if let value = Double(text), (0...1).contains(value) {
          ratio = value
        } else {
          fault(name, text, "a part of the traces from 0 to 1", "write 0.01 for one in a hundred")
        }
      }
      let prefix = "parentbased_"
      let followsParent = text.hasPrefix(prefix)
      switch followsParent ? String(text.dropFirst(prefix.count)) : text {
      case "always_on": return TraceSampler(ratio: 1, followsParent: followsParent)
      case "always_off": return TraceSampler(ratio: 0, followsParent: followsParent)
      case "traceidratio": return TraceSampler(ratio: ratio, followsParent: followsParent)
      default:
        fault(
          name, text, "always_on, always_off or traceidratio, each with parentbased_ before it or without",
          "leave it out for parentbased_always_on")
        return TraceSampler(ratio: 0, followsParent: false)
      }
    }
  }
}
