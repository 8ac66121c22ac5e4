import ArgumentParser
import Environment
import Foundation
import Logging
import Registry
import Serving
import Torch
import Training

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Answers requests over HTTP and gRPC from models that were trained.",
    discussion: """
      Examples: swiftrec serve runs/neumf-ml100k
                swiftrec serve main=runs/mf next=runs/neumf --canary next --canary-share 0.05 --events events.sqlite
      SOURCE is a run, a package, registry:NAME@ALIAS, whose moves the server follows, or a TorchScript file MODEL.pt with \
      MODEL.signature.json beside it; NAME=SOURCE gives it another name. The API is at /openapi.json; the first source that names items answers /v1/recommend.
      It ends at SIGTERM, when the requests that are under way have their answers.
      With OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:4317 it sends spans of its requests to a collector of OpenTelemetry; the other OTEL_ \
      variables are in docs/monitor.md.
      """)

  @Argument(help: "What to serve: SOURCE or NAME=SOURCE, one or more.")
  var sources: [String]

  @OptionGroup(title: "Addresses") var addresses: Addresses
  @OptionGroup(title: "Computing") var computing: Computing
  @OptionGroup(title: "Traffic") var traffic: Traffic
  @OptionGroup(title: "Limits") var limits: RequestLimits

  @Option(help: "Log lines as text or json.")
  var log = LogFormat.text

  @Option(help: "The least severe log line: debug, info, warning or error. debug has a line for each request.")
  var logLevel = "info"

  enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func run() throws {
    // A client that goes away is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw CommandError("--log-level: received \(logLevel), expected debug, info, warning or error")
    }
    let isJSON = log == .json
    let logger = Logger(label: "swiftrec.serve") { label -> any LogHandler in
      guard isJSON else {
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = level
        return handler
      }
      return JSONLogHandler(label: label, level: level)
    }
    var options = ServingOptions()
    try addresses.apply(to: &options)
    try computing.apply(to: &options)
    try limits.apply(to: &options)
    try traffic.apply(to: &options)
    options.tracing = try TracingOptions(environment: ProcessInfo.processInfo.environment)
    let named = sources.map(Self.named)
    options.batching = try computing.batching()
    let device = options.device
    let stack = try ServingStack(
      options, version: Version.number, logger: logger, events: traffic.events.map { try EventStore($0) },
      keys: limits.keys.map { try KeyStore($0) }
    ) { source in try ModelSource.open(source, device: device) }
    let began = Date()
    for (name, source) in named {
      let model = try stack.open(source, as: name)
      print("\(model.name) version \(model.version) from \(source)")
    }
    try stack.requireModelsOfExperiments()
    let count = 1 + (options.adminPort == nil ? 0 : 1) + (options.grpcPort == nil ? 0 : 1)
    let lines = BoundLines(count: count, host: options.host, isTLS: options.tls != nil, began: began)
    do {
      try Blocking.wait { try await stack.run(onBound: lines.add) }
    } catch {
      throw EnvironmentFault("\(options.host): \(error); choose other ports with --port, --grpc-port and --admin-port")
    }
  }

  private static func named(_ text: String) -> (name: String?, source: String) {
    guard let equals = text.firstIndex(of: "="), !text[..<equals].contains("/") else { return (nil, text) }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
