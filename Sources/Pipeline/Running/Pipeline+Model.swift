import Foundation
import Registry
import Training

extension Pipeline {
  func train() throws -> Found {
    try manifest().requireUnchanged()
    let run = RunDirectory(trainingFolder)
    // A step that was killed left a run, which goes on from its last checkpoint.
    let resumes = run.holdsRun
    let overrides = configuration.training.overrides.flatMap { ["--set", $0] }
    _ = try surroundings.run(
      ["train", configuration.training.configuration] + overrides + ["--out", run.path] + (resumes ? ["--resume"] : []),
      "\(runFolder)/train.log")
    // Trained on what was validated, and not on what came meanwhile.
    try manifest().requireUnchanged()
    let state = try run.state()
    return Found(
      said: "\(state.step) steps\(resumes ? ", resumed" : ""), \(run.path)",
      outputs: [run.configurationFile, run.answeringCheckpoint])
  }

  func evaluate() throws -> Found {
    struct Answer: Decodable {
      var metrics: [String: Double?]
      var seconds: Double
      var queries: Int
      var `protocol`: String
    }
    let printed = try surroundings.run(["evaluate", trainingFolder, "--json"], "\(runFolder)/evaluate.log")
    guard let line = printed.split(separator: "\n").last,
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
    else {
      throw PipelineError(
        .failed, "swiftrec evaluate", received: "\"\(printed.prefix(80))\", which is no result",
        remedy: "see \(runFolder)/evaluate.log")
    }
    state.metrics = answer.metrics.compactMapValues { $0 }
    let metrics = state.metrics.sorted { $0.key < $1.key }
    let result = EvaluationResult(
      metrics: metrics.map { ($0.key, $0.value) }, seconds: answer.seconds, queries: answer.queries,
      protocolLine: answer.protocol)
    // The package that is made of the run takes them along.
    try RunDirectory(trainingFolder).keep(test: result)
    let metric = configuration.gate.metric
    guard let value = state.metrics[metric] else {
      throw PipelineError(
        .failed, "compare.metric", received: "\(metric), which the evaluation does not give",
        remedy: "name one of \(metrics.map(\.key).joined(separator: ", "))")
    }
    return Found(said: "\(metric) \(String(format: "%.4f", value)) on the test part")
  }

  func register() throws -> Found {
    try? FileManager.default.removeItem(atPath: packageFolder)
    _ = try surroundings.run(
      ["export", trainingFolder, "--out", packageFolder, "--name", configuration.model], "\(runFolder)/register.log")
    let (version, isNew) = try store().register(
      packageFolder, as: configuration.model, note: "run \(state.run), dataset \(state.dataset ?? "unknown")")
    state.version = version.version
    // The registry has its own copy, hashed.
    try? FileManager.default.removeItem(atPath: packageFolder)
    return Found(
      said: "\(version.name)@\(version.version)\(isNew ? "" : " (there already)")",
      outputs: ["\(version.path)/manifest.json"])
  }

  func compare() throws -> Found {
    let store = try store()
    let candidate = try registered(store)
    let champion = try store.aliases(of: configuration.model)["champion"]
    let current = try champion.map { try store.resolve("\(configuration.model)@\($0)") }
    state.champion = champion
    if champion == candidate.version {
      state.isBetter = false
      decide(.kept, .compare, "\(candidate.name)@\(candidate.version) is the champion already")
      return Found(said: state.reason)
    }
    let (passes, reason) = configuration.gate.judge(candidate.metrics, over: current?.metrics)
    state.isBetter = passes
    if !passes { decide(.kept, .compare, reason) }
    return Found(said: "\(passes ? "better" : "not better"): \(reason)")
  }

  func registered(_ store: ModelStore) throws -> RegisteredVersion {
    guard let version = state.version else {
      throw PipelineError(.missing, "version", received: "none", remedy: "begin with --from register")
    }
    return try store.resolve("\(configuration.model)@\(version)")
  }

  func promote() throws -> Found {
    if state.isBetter == false { return Found(said: "not better", isSkipped: true) }
    let store = try store()
    let candidate = try registered(store)
    if state.isHealthy == false {
      let reason = state.record(of: .canary)?.said ?? "the canary did worse"
      withdrawCanary("the canary did worse")
      decide(.rolledBack, .canary, reason)
      return Found(said: "\(candidate.name)@\(candidate.version) taken back, the champion stays")
    }
    // The gate again: somebody may have moved the champion meanwhile.
    let move = try store.promote(
      configuration.model, version: candidate.version, gate: configuration.gate, reason: "run \(state.run)")
    state.canary = nil
    // Between two canaries its alias is the champion, so that servers can follow it from the first version on.
    if let settings = configuration.canary {
      try store.alias(configuration.model, settings.alias, to: candidate.version, reason: "run \(state.run): promoted")
    }
    let from = move.from.map { "\($0)" } ?? "nothing"
    decide(.promoted, .promote, move.reason)
    return Found(said: "\(move.name)@champion: \(from) -> \(candidate.version)")
  }

  func notify() throws -> Found {
    guard !configuration.webhooks.isEmpty else { return Found(said: "no webhooks", isSkipped: true) }
    let faults = Notification(model: configuration.model, state: state).send(to: configuration.webhooks, surroundings)
    guard faults.isEmpty else {
      let again = "the result stands in \(stateFile); send it again with --from notify"
      note("note: \(faults.joined(separator: "; ")); \(again)")
      return Found(said: faults.joined(separator: "; "), isSkipped: true)
    }
    let count = configuration.webhooks.count
    return Found(said: count == 1 ? "1 webhook told" : "\(count) webhooks told")
  }
}
