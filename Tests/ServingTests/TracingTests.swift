import HTTPTypes
import Serving
import Testing

@Suite struct TracingTests {
  @Test func aTraceGoesOn() {
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let trace = TraceContext(header)
    #expect(trace.trace.description == "4bf92f3577b34da6a3ce929d0e0e4736" && trace.isSampled)
    #expect(trace.parent == 0x00f0_67aa_0ba9_02b7 && trace.span != trace.parent)
    #expect(trace.header.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") && trace.header.hasSuffix("-01"))
    #expect(!trace.header.contains("00f067aa0ba902b7") && trace.header.utf8.count == 55)
    // A later version may say more.
    #expect(TraceContext("01" + header.dropFirst(2) + "-more").parent == trace.parent)
  }

  @Test(arguments: [
    "", "00-0000", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "zz-\n",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
  ])
  func elseItBegins(header: String) {
    let trace = TraceContext(header)
    #expect(trace.parent == nil && !trace.isSampled && trace.trace.high | trace.trace.low != 0 && trace.span != 0)
    // What is answered is a header that the next one can continue.
    #expect(TraceContext(trace.header).trace == trace.trace && TraceContext(trace.header).parent == trace.span)
    #expect(TraceContext(header).trace != trace.trace)
  }

  @Test func samplersTakeTheirPart() {
    let sampled = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    let unsampled = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    let parentOrNone = TraceSampler(ratio: 0, followsParent: true)
    #expect(parentOrNone.takes(sampled) && !parentOrNone.takes(unsampled) && !parentOrNone.takes(TraceContext(nil)))
    let parentOrAll = TraceSampler(ratio: 1, followsParent: true)
    #expect(parentOrAll.takes(TraceContext(nil)) && !parentOrAll.takes(unsampled))
    #expect(!TraceSampler(ratio: 0, followsParent: false).takes(sampled))
    #expect(TraceSampler(ratio: 1, followsParent: false).takes(unsampled))
    let traces = (0..<20_000).map { _ in TraceContext(nil) }
    let some = TraceSampler(ratio: 0.1, followsParent: false)
    let more = TraceSampler(ratio: 0.2, followsParent: false)
    // Ten standard deviations each way.
    #expect((1576...2424).contains(traces.count(where: some.takes)))
    // A server that takes more takes all that one takes which takes less.
    #expect(traces.allSatisfy { !some.takes($0) || more.takes($0) })
  }

  @Test func templatesNameNoUser() throws {
    for (path, template) in [
      ("/v1/recommend/7", "/v1/recommend/{user}"), ("/v1/similar/7", "/v1/similar/{item}"),
      ("/v2/models/m/versions/3", "/v2/models/{model}/versions/{version}"), ("/v2/models/stats", "/v2/models/stats"),
      ("/v1/models/m", "/v1/models/{model}"),
    ] {
      #expect(try Route(.get, path[...]).template == template)
    }
  }

  // MARK: Environment

  @Test(arguments: [
    [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": " "],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317", "OTEL_SDK_DISABLED": "true"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317", "OTEL_TRACES_EXPORTER": "none"], ["OTEL_BSP_MAX_QUEUE_SIZE": "x"],
  ])
  func withoutAnEndpointNothingIsTraced(environment: [String: String]) throws {
    #expect(try TracingOptions(environment: environment) == nil)
  }

  @Test func theStandardVariablesAreRead() throws {
    let options = try #require(
      try TracingOptions(environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://[::1]",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%2Cb, Tenant = 7", "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_SERVICE_NAME": "shop", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,deployment.environment.name=test",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
        "OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_SCHEDULE_DELAY": "100",
      ]))
    #expect(options.endpoint == .init(host: "::1", port: 4317, isTLS: true))
    #expect(options.headers.map(\.key) == ["x-key", "Tenant"] && options.headers.map(\.value) == ["a,b", "7"])
    #expect(options.timeoutSeconds == 2.5 && options.isCompressed && options.delaySeconds == 0.1)
    #expect(options.queueBound == 100 && options.batch == 100)
    #expect(options.sampler == TraceSampler(ratio: 0.01, followsParent: true))
    #expect(
      options.resource.map { "\($0.key)=\($0.value)" } == ["deployment.environment.name=test", "service.name=shop"])
  }

  @Test func allFaultsAreNamedAtOnce() throws {
    let error = #expect(throws: ServingError.self) {
      try TracingOptions(environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/v1/traces",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS": "secret-without-sign",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere.pem",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "zstd", "OTEL_TRACES_SAMPLER": "jaeger_remote",
        "OTEL_TRACES_SAMPLER_ARG": "1.5", "OTEL_BSP_MAX_QUEUE_SIZE": "0", "OTEL_BSP_SCHEDULE_DELAY": "-1",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4096", "OTEL_RESOURCE_ATTRIBUTES": "a", "OTEL_SDK_DISABLED": "perhaps",
      ])
    }
    let lines = try #require(error).message.split(separator: "\n")
    for name in [
      "ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "CERTIFICATE", "COMPRESSION", "SAMPLER", "SAMPLER_ARG",
      "QUEUE_SIZE",
      "SCHEDULE_DELAY", "BATCH_SIZE", "RESOURCE_ATTRIBUTES", "DISABLED",
    ] {
      #expect(lines.contains { $0.prefix { $0 != ":" }.hasSuffix(name) && $0.contains("; ") }, "\(name): \(lines)")
    }
    #expect(lines.count == 13 && !lines.joined().contains("secret-without-sign"))
  }

  @Test(arguments: [
    "collector:4317", "grpc://a:4317", "http://", "http://a:0", "http://a:70000", "http://me:secret@a:4317",
  ])
  func endpointsThatAreNoneAreRefused(text: String) throws {
    let error = #expect(throws: ServingError.self) {
      try TracingOptions(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": text])
    }
    let message = try #require(error).message
    #expect(message.hasPrefix("OTEL_EXPORTER_OTLP_ENDPOINT: received ") && !message.contains("secret"))
  }
}
