import Foundation
import Pipeline
import Registry
import TestSupport
import Training

/// A pipeline over small data in a world where steps are calls, time is a number and servers are closures.
final class World {
  let scratch: Scratch
  var configuration: PipelineConfiguration
  /// What `evaluate` finds, run after run; the last one stays.
  var quality = [0.5]
  /// Steps that end as with a signal.
  var killed: Set<String> = []
  var commands: [[String]] = []
  var time = 1_000.0
  var posts: [String] = []
  var isWebhookGone = false
  /// By the seconds since the world began.
  var figures: (Double) throws -> String = { _ in "" }
  var report: (Double) -> String = { _ in "" }
  var notes: [String] = []

  /// - Parameter extra: further lines of the pipeline file.
  init(_ extra: String = "") throws {
    scratch = try Scratch()
    let folder = scratch.path
    try scratch.write("log.csv", Self.rows(0..<300))
    try scratch.write(
      "train.yaml",
      """
      data: {name: csv, path: \(folder)/log.csv}
      model: {name: mf, factors: 4}
      train: {epochs: 1, batch: 64, loss: {name: bpr, negatives: 1}}
      threads: 1
      device: cpu
      """)
    configuration = try PipelineConfiguration(
      yaml: """
        model: films
        registry: \(folder)/registry
        folder: \(folder)/pipeline
        data:
          files: [\(folder)/log.csv]
          columns: {user: token, item: token, rating: number}
          drift: {psi: 0.25, ks: 0.2}
        train: {config: \(folder)/train.yaml}
        compare: {metric: ndcg@10, min_delta: 0.01}
        notify: [{url: "http://127.0.0.1:9/secret", attempts: 3, backoff: 1}]
        \(extra)
        """, name: "pipeline.yaml")
  }

  static func rows(_ range: Range<Int>, rating: (Int) -> Int = { $0 % 5 + 1 }) -> String {
    "user,item,rating\n" + range.map { "u\($0 % 30),i\($0 * 7 % 40),\(rating($0))\n" }.joined()
  }

  var surroundings: Surroundings {
    Surroundings(
      run: { [self] arguments, log in try run(arguments) },
      fetch: { [self] _, _ in try figures(time - 1_000) },
      shell: { [self] _, _ in report(time - 1_000) },
      post: { [self] _, json, _ in
        guard !isWebhookGone else {
          throw PipelineError(.unreachable, "hook", received: "connection refused", remedy: "start it")
        }
        posts.append(json)
      },
      now: { [self] in time }, sleep: { [self] in time += $0 })
  }

  private func run(_ arguments: [String]) throws -> String {
    commands.append(arguments)
    guard !killed.contains(arguments[0]) else {
      throw PipelineError(.failed, "swiftrec \(arguments[0])", received: "killed by signal 9", remedy: "see the log")
    }
    switch arguments[0] {
    case "train":
      let run = RunDirectory(arguments[try index(of: "--out", arguments) + 1])
      guard case .recommender(let configuration) = try RunConfiguration.load(arguments[1]) else { return "" }
      _ = try TrainingJob(configuration, run: run, resumes: arguments.contains("--resume")).train()
      return ""
    case "evaluate":
      let value = quality.count > 1 ? quality.removeFirst() : quality[0]
      return "{\"metrics\": {\"ndcg@10\": \(value)}, \"seconds\": 1, \"queries\": 30, \"protocol\": \"made up\"}\n"
    default:
      let out = arguments[try index(of: "--out", arguments) + 1]
      _ = try PackageExport(name: "films").write(RunDirectory(arguments[1]), to: out)
      return ""
    }
  }

  private func index(of word: String, _ arguments: [String]) throws -> Int {
    guard let place = arguments.firstIndex(of: word) else {
      throw PipelineError(.failed, word, received: "no \(word)", remedy: "give it")
    }
    return place
  }

  func pipeline(acceptsDrift: Bool = false) -> Pipeline {
    Pipeline(configuration, surroundings, acceptsDrift: acceptsDrift) { [self] in notes.append($0) }
  }

  @discardableResult
  func run(_ start: Pipeline.Start = .anew, acceptsDrift: Bool = false) throws -> PipelineState {
    try pipeline(acceptsDrift: acceptsDrift).run(start)
  }

  func aliases() throws -> [String: Int] { try ModelStore(configuration.registry).aliases(of: "films") }
}
