import Foundation
import Pipeline
import Registry
import TestSupport
import Testing

/// Runs whose new version is tried on a part of the users first.
@Suite(.serialized) struct CanaryRunTests {
  private static let canary = """
    canary:
      metrics: http://127.0.0.1:1/metrics
      requests: 'requests_total{arm="$arm"}'
      min_requests: 100
      seconds: 60
      deadline: 300
      interval: 10
      checks: [{name: errors, value: 'errors_total{arm="$arm"}', per: 'requests_total{arm="$arm"}', max: 0.02}]
    """

  /// A champion, and better weights to come.
  private func world(_ extra: String = canary) throws -> World {
    let world = try World(extra)
    try world.run()
    world.quality = [0.7]
    return world
  }

  private func text(requests: Double, errors: Double) -> String {
    "requests_total{arm=\"canary\"} \(Int(requests))\nerrors_total{arm=\"canary\"} \(Int(errors))\n"
  }

  @Test func aGoodCanaryIsPromotedAfterItsTime() throws {
    let world = try world()
    let start = world.time
    world.figures = { _ in text(requests: 10 * (world.time - start), errors: 0) }
    let state = try world.run()
    #expect(state.outcome == .promoted && world.time - start >= 60 && world.time - start < 80)
    #expect(try world.aliases() == ["champion": 2, "canary": 2])
    let moves = try ModelStore(world.configuration.registry).moves(of: "films").map {
      "\($0.alias) \($0.action.rawValue)"
    }
    #expect(moves == ["champion promote", "canary alias", "canary alias", "champion promote"])
  }

  @Test func aBadCanaryIsTakenBackAtOnce() throws {
    let world = try world()
    let start = world.time
    world.figures = { _ in text(requests: 10 * (world.time - start), errors: 2 * (world.time - start)) }
    let state = try world.run()
    #expect(state.outcome == .rolledBack && state.reason == "worse: errors 0.2, 0.02 is allowed")
    #expect(world.time - start < 30)
    #expect(try world.aliases() == ["champion": 1, "canary": 1])
    #expect(world.posts.last?.contains("\"outcome\": \"rolled-back\"") == true)
  }

  @Test func aCanaryWithoutTrafficGetsNoVerdict() throws {
    let world = try world()
    world.figures = { _ in text(requests: 3, errors: 0) }
    let state = try world.run()
    #expect(state.outcome == .failed && state.reason.contains("0 requests of 100"))
    #expect(try world.aliases() == ["champion": 1, "canary": 1])
    let start = world.time
    world.figures = { _ in text(requests: 50 * (world.time - start), errors: 0) }
    #expect(try world.run(.resume).outcome == .promoted)
  }

  @Test func figuresThatAreGoneMakeNoCanary() throws {
    let world = try world()
    world.figures = { _ in throw PipelineError(.unreachable, "http", received: "refused", remedy: "start it") }
    var state = try world.run()
    #expect(state.outcome == .failed && state.decidedBy == .canary)
    #expect(try world.aliases() == ["champion": 1, "canary": 1])
    // Gone for a moment in between.
    let start = world.time
    world.figures = { _ in
      let passed = world.time - start
      guard passed < 15 || passed > 35 else {
        throw PipelineError(.unreachable, "http", received: "refused", remedy: "start it")
      }
      return text(requests: 50 * passed, errors: 0)
    }
    state = try world.run(.from(.canary))
    #expect(state.outcome == .promoted)
  }

  @Test func aReportOfAnExperimentDecidesToo() throws {
    let world = try world(
      "canary: {seconds: 10, interval: 5, report: {command: report, min_lift: -0.05, min_users: 50}}")
    func report(_ low: Double) -> String {
      "{\"experiment\": \"c\", \"arms\": [{\"arm\": \"canary\", \"users\": 60, \"conversion_lift\": {\"low\": \(low)}}]}"
    }
    world.report = { _ in report(-0.2) }
    #expect(try world.run().reason == "worse: lift from -0.2 with 60 users, -0.05 is asked for")
    world.report = { _ in report(0.01) }
    try world.scratch.write("log.csv", World.rows(0..<320))
    #expect(try world.run().outcome == .promoted)
  }

  @Test func aCanaryThatAKilledRunLeftGoesWithTheNextOne() throws {
    let world = try world()
    let store = try ModelStore(world.configuration.registry)
    world.figures = { _ in text(requests: 0, errors: 0) }
    struct Kill: Error {}
    let surroundings = world.surroundings
    var killed = Surroundings(
      run: surroundings.run, fetch: surroundings.fetch, shell: surroundings.shell, post: surroundings.post,
      now: surroundings.now, sleep: { _ in })
    // What a kill leaves: the state as it stood while the canary was watched.
    var kept: Data?
    let file = "\(world.configuration.folder)/state.json"
    killed.sleep = { seconds in
      if kept == nil { kept = FileManager.default.contents(atPath: file) }
      world.time += seconds
    }
    try Pipeline(world.configuration, killed).run()
    try #require(kept).write(to: URL(fileURLWithPath: file))
    try store.alias("films", "canary", to: 2)
    world.quality = [0.1]
    try world.scratch.write("log.csv", World.rows(0..<320))
    #expect(try world.run().outcome == .kept)
    #expect(try world.aliases() == ["champion": 1, "canary": 1])
    #expect(world.notes.contains { $0.contains("ended without a word in canary") })
  }
}
