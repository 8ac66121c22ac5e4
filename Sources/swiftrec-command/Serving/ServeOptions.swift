import ArgumentParser
import Environment
import Foundation
import Serving
import Torch
import Training

extension ServeCommand {
  struct Addresses: ParsableArguments {
    @Option(help: "The address to listen on; 0.0.0.0 is every address of this machine.")
    var host = "127.0.0.1"

    @Option(help: "HTTP; 0 takes a free port.")
    var port = 8080

    @Option(help: "gRPC; --grpc-port=-1 for none.")
    var grpcPort = 8081

    @Option(help: "Metrics, loading and unloading; --admin-port=-1 for none.")
    var adminPort = 8082

    @Option(help: "The server's certificate, PEM; with it all ports speak TLS.")
    var tlsCert: String?

    @Option(help: "The key of --tls-cert, PEM.")
    var tlsKey: String?

    @Option(help: "Lets in only clients with a certificate of this authority, PEM.")
    var tlsClientCa: String?

    func apply(to options: inout ServingOptions) throws {
      for (name, port, least) in [("--port", port, 0), ("--grpc-port", grpcPort, -1), ("--admin-port", adminPort, -1)] {
        guard (least...65_535).contains(port) else {
          throw CommandError(
            "\(name): received \(port), expected a port from \(least) to 65535; write \(name) 0 for a free one")
        }
      }
      options.host = host
      options.port = port
      options.grpcPort = grpcPort < 0 ? nil : grpcPort
      options.adminPort = adminPort < 0 ? nil : adminPort
      guard (tlsCert == nil) == (tlsKey == nil), tlsClientCa == nil || tlsCert != nil else {
        throw CommandError("--tls-cert, --tls-key: received one without the other; give both, or neither")
      }
      if let tlsCert, let tlsKey {
        options.tls = TLSFiles(certificate: tlsCert, key: tlsKey, clientAuthority: tlsClientCa)
      }
    }
  }

  struct Computing: ParsableArguments {
    @Option(help: "auto, cpu, cuda or cuda:N.")
    var device = "auto"

    @Option(help: "The part of the GPU's memory that the server may take: 0.5 is half.")
    var gpuMemoryFraction: Double?

    @Option(help: "Threads of one operator; by default the processors divided by --compute-threads.")
    var threads: Int?

    @Option(help: "Calls of models at a time; by default the processors divided by --threads, which is then 1.")
    var computeThreads: Int?

    @Option(help: "Rows of one call of a model; requests are joined up to this.")
    var maxBatch = 256

    @Option(help: "Microseconds that a first request waits for others to join.")
    var maxDelay = 0

    @Option(help: "Requests that may wait for a model; more are refused with 429.")
    var queue = 1024

    @Option(help: "Calls of one model at a time.")
    var concurrency = 1

    func apply(to options: inout ServingOptions) throws {
      var share = ResourceShare.taken
      // Requests are many and small: a thread for each call serves more of them than all threads for one call at a time.
      let calls = computeThreads ?? max(1, share.threads / max(1, threads ?? 1))
      let threads = threads ?? max(1, share.threads / max(1, calls))
      guard (1...1024).contains(threads) else {
        throw CommandError(
          "--threads: received \(threads), expected a whole number from 1 to 1024; leave it out for one")
      }
      try Engine.setThreads(threads)
      share = share.taking(threads: "--threads")
      options.computeThreads = calls
      try Answer.requireFraction(gpuMemoryFraction)
      options.device = try OpenedRun.device(device)
      if let gpuMemoryFraction { _ = try share.taking(gpuMemory: gpuMemoryFraction, of: options.device) }
    }

    func batching() throws -> BatchingOptions {
      for (name, value, most) in [
        ("--max-batch", maxBatch, 65_536), ("--queue", queue, 1_000_000), ("--concurrency", concurrency, 256),
        ("--compute-threads", computeThreads ?? 1, 256),
      ] where !(1...most).contains(value) {
        throw CommandError("\(name): received \(value), expected a whole number from 1 to \(most); leave it out")
      }
      guard (0...1_000_000).contains(maxDelay) else {
        throw CommandError(
          "--max-delay: received \(maxDelay), expected microseconds from 0 to 1000000; write --max-delay 500")
      }
      var options = BatchingOptions()
      options.maxRows = maxBatch
      options.maxDelayMicroseconds = maxDelay
      options.queueBound = queue
      options.concurrency = concurrency
      return options
    }
  }

  struct RequestLimits: ParsableArguments {
    @Option(help: "The file of `swiftrec keys create`; with it every request needs a key.")
    var keys: String?

    @Flag(help: "Lets models be loaded and unloaded on every port, not on the admin port alone.")
    var openControl = false

    @Option(help: "Seconds for an answer; a request may ask for fewer.")
    var timeout = 30.0

    @Option(help: "Bytes of one request's body.")
    var maxBody = 16_777_216

    @Option(help: "Seconds in which a request must have arrived whole.")
    var readTimeout = 10.0

    @Option(help: "Seconds after which a silent connection is closed.")
    var idleTimeout = 60.0

    @Option(help: "Recommendations that are kept for users who do nothing; 0 keeps none.")
    var cache = 10_000

    func apply(to options: inout ServingOptions) throws {
      for (name, value) in [("--timeout", timeout), ("--read-timeout", readTimeout), ("--idle-timeout", idleTimeout)]
      where !(value > 0 && value <= 86_400) {
        throw CommandError("\(name): received \(value), expected seconds above 0 and up to 86400; leave it out")
      }
      guard (1...1 << 30).contains(maxBody) else {
        throw CommandError("--max-body: received \(maxBody), expected bytes from 1 to \(1 << 30); leave it out")
      }
      guard (0...100_000_000).contains(cache) else {
        throw CommandError("--cache: received \(cache), expected 0 to 100000000; leave it out")
      }
      options.opensControl = openControl
      options.timeoutSeconds = timeout
      options.maxBody = maxBody
      options.readSeconds = readTimeout
      options.idleSeconds = idleTimeout
      options.cacheCapacity = cache
    }
  }

  struct Traffic: ParsableArguments {
    @Option(help: "Keeps events in this file of SQLite; without it they shape answers and are not stored.")
    var events: String?

    @Option(help: "Experiments, YAML: name, arms with model and share, and what docs/serve-a-model.md says.")
    var experiments: String?

    @Option(help: "A served model that gets a small share of the users.")
    var canary: String?

    @Option(help: "The part of the users that --canary gets.")
    var canaryShare = 0.05

    @Option(help: "Seconds between two looks at where registry:NAME@ALIAS points; 0 looks once, at the start.")
    var watch = 2.0

    @Option(help: "A served model that answers beside; its answers are compared and thrown away.")
    var shadow: String?

    func apply(to options: inout ServingOptions) throws {
      if let experiments {
        let plan = try TrafficPlan(file: experiments)
        options.experiments = plan.experiments
        options.shadow = plan.shadow
      }
      if let shadow { options.shadow = Shadow(model: shadow) }
      guard canaryShare > 0, canaryShare < 1 else {
        throw CommandError(
          "--canary-share: received \(canaryShare), expected a number above 0 and below 1; write --canary-share 0.05")
      }
      guard watch >= 0, watch <= 86_400 else {
        throw CommandError("--watch: received \(watch), expected seconds from 0 to 86400; leave it out")
      }
      options.watchSeconds = watch > 0 ? watch : nil
      if let canary { options.experiments.append(.canary(canary, share: canaryShare)) }
    }
  }
}
