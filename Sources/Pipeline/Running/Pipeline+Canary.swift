import Foundation
import Registry

extension Pipeline {
  /// Names the version `canary` and looks at its figures until there is a verdict.
  func canary() throws -> Found {
    guard let settings = configuration.canary else { return Found(said: "none is asked for", isSkipped: true) }
    if state.isBetter == false { return Found(said: "not better", isSkipped: true) }
    guard let champion = state.champion else {
      return Found(said: "there is no champion to compare with", isSkipped: true)
    }
    let candidate = try registered(store())
    var first: [String: Double] = [:]
    if settings.metrics != nil {
      // Before anything moves: figures that can't be read make no canary.
      first = CanaryFigures.snapshot(
        try figures(settings), settings, canary: candidate.version, control: champion)
    }
    try store().alias(configuration.model, settings.alias, to: candidate.version, reason: "run \(state.run)")
    state.canary = .init(
      alias: settings.alias, version: candidate.version, since: surroundings.now(), first: first)
    try state.save(stateFile)
    note(
      "canary    \(configuration.model)@\(settings.alias) is \(candidate.version), watched for \(Int(settings.seconds)) s"
    )
    return try watch(settings, candidate.version, champion, first)
  }

  private func watch(
    _ settings: CanarySettings, _ version: Int, _ champion: Int, _ first: [String: Double]
  ) throws -> Found {
    let began = surroundings.now()
    var (gone, lost) = (0, "")
    while true {
      try surroundings.sleep(settings.interval)
      let passed = surroundings.now() - began
      do {
        let look = try look(settings, version, champion, first)
        gone = 0
        if look.isReady, !look.faults.isEmpty {
          state.isHealthy = false
          return Found(said: "worse: \(look.faults.joined(separator: "; "))")
        }
        if look.isReady, passed >= settings.seconds {
          state.isHealthy = true
          return Found(said: "as good: \(look.said)")
        }
        lost = look.said
      } catch let error as PipelineError where error.code == .unreachable {
        // A server that is restarted comes back.
        (gone, lost) = (gone + 1, "\(error)")
      }
      guard passed < settings.deadline else {
        throw PipelineError(
          .failed, "canary", received: "no verdict after \(Int(passed)) s: \(lost)",
          remedy: gone > 0
            ? "bring the figures back, then --from canary"
            : "give it more traffic or time: lower min_requests or min_users, or raise deadline; then --from canary")
      }
    }
  }

  private func look(
    _ settings: CanarySettings, _ version: Int, _ champion: Int, _ first: [String: Double]
  ) throws -> (isReady: Bool, faults: [String], said: String) {
    var (isReady, faults, said): (Bool, [String], [String]) = (true, [], [])
    if settings.metrics != nil {
      let figures = CanaryFigures(
        settings: settings, canary: version, control: champion, first: first, now: try figures(settings))
      let count = Int(figures.requests)
      said.append("\(count) requests")
      if count >= settings.fewestRequests {
        let verdict = figures.judge()
        faults += verdict.faults
        said += verdict.said
      } else {
        isReady = false
        said[0] += " of \(settings.fewestRequests)"
      }
    }
    if let report = settings.report {
      let (place, text): (String, String)
      switch report.source {
      case .file(let path): (place, text) = (path, try surroundings.fetch(path, 10))
      case .command(let line): (place, text) = (line, try surroundings.shell(line, 60))
      }
      let found = try ExperimentReport.read(text, place: place).judge(report, place: place)
      isReady = isReady && found.isReady
      faults += found.faults
      said.append(found.said)
    }
    return (isReady, faults, said.joined(separator: ", "))
  }

  private func figures(_ settings: CanarySettings) throws -> PrometheusText {
    let place = settings.metrics ?? ""
    return try PrometheusText(surroundings.fetch(place, 10), place: place)
  }
}
