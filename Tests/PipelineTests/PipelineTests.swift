import Foundation
import Pipeline
import Registry
import TestSupport
import Testing

/// Whole runs, with trainings of one epoch and a made-up evaluation.
@Suite(.serialized) struct PipelineTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func onlyWhatIsBetterIsPromoted() throws {
    let world = try World()
    var state = try world.run()
    #expect(state.outcome == .promoted && state.run == 1 && state.rows == 300)
    #expect(try world.aliases() == ["champion": 1])
    #expect(try object(world.posts[0])["outcome"] as? String == "promoted")
    world.quality = [0.505]
    try world.scratch.write("log.csv", World.rows(0..<310))
    state = try world.run()
    // Half of the gain that is asked for.
    #expect(state.outcome == .kept && state.reason.contains("ndcg@10 0.505 against 0.5"))
    #expect(state.record(of: .canary)?.status == .skipped && state.record(of: .promote)?.status == .skipped)
    world.quality = [0.6]
    try world.scratch.write("log.csv", World.rows(0..<320))
    state = try world.run()
    #expect(state.outcome == .promoted && state.version == 3 && state.champion == 1)
    #expect(try world.aliases() == ["champion": 3])
    #expect(world.posts.count == 3)
  }

  @Test(arguments: ["train", "evaluate", "export"])
  func aKilledStepDeploysNothingTellsAndIsResumed(step: String) throws {
    let world = try World()
    try world.run()
    world.quality = [0.7]
    world.killed = [step]
    try world.scratch.write("log.csv", World.rows(0..<330))
    let pipeline = world.pipeline()
    let state = try pipeline.run()
    let failure = try #require(pipeline.failure)
    #expect(state.outcome == .failed && "\(failure)".contains("killed by signal 9"))
    #expect(try world.aliases() == ["champion": 1])
    let told = try object(world.posts[1])
    #expect(told["outcome"] as? String == "failed")
    #expect(told["step"] as? String == (step == "export" ? "register" : step))
    world.killed = []
    world.commands = []
    let resumed = try world.run(.resume)
    #expect(resumed.run == state.run && resumed.outcome == .promoted && world.commands.first?.first == step)
    #expect(try world.aliases() == ["champion": 2])
    let error = #expect(throws: PipelineError.self) { try world.run(.resume) }
    #expect(error?.description.contains("a run that is over") == true)
  }

  @Test func driftedDataIsRefusedWithItsColumnsAndCanBeAccepted() throws {
    let world = try World()
    try world.run()
    world.quality = [0.7]
    world.commands = []
    try world.scratch.write("log.csv", World.rows(0..<300) { $0 % 5 < 4 ? 5 : 1 })
    let pipeline = world.pipeline()
    let state = try pipeline.run()
    #expect(state.outcome == .refused && world.commands.isEmpty)
    #expect(state.reason.contains("column rating: drifted: PSI ") && !state.reason.contains("column user"))
    #expect(try object(world.posts[1])["reason"] as? String == state.reason)
    #expect((pipeline.failure as? PipelineError)?.code == .refused)
    #expect(try world.run(.from(.validate), acceptsDrift: true).outcome == .promoted)
    // From now on it is what others are compared with.
    #expect(try world.run().outcome == .kept)
  }

  @Test func aColumnThatIsGoneAndARowThatIsBrokenAreRefused() throws {
    let world = try World()
    try world.run()
    try world.scratch.write("log.csv", "user,item\n" + (0..<300).map { "u\($0 % 30),i\($0 % 40)\n" }.joined())
    #expect(try world.run().reason.contains("column rating: is not there; the columns are user, item"))
    try world.scratch.write("log.csv", World.rows(0..<300) + "u1,i1\n")
    let state = try world.run()
    #expect(state.outcome == .failed && state.reason.contains("log.csv:302: 2 fields where 3 belong"))
    #expect(try world.aliases() == ["champion": 1])
  }

  @Test func dataThatChangesUnderARunEndsIt() throws {
    let world = try World()
    world.killed = ["train"]
    try world.run()
    world.killed = []
    try world.scratch.write("log.csv", World.rows(0..<340))
    let state = try world.run(.resume)
    #expect(state.outcome == .failed && state.reason.contains("log.csv: it is not the file of dataset version"))
    #expect(try world.run().outcome == .promoted)
  }

  @Test func aWebhookThatIsGoneLosesNothing() throws {
    let world = try World()
    world.isWebhookGone = true
    let state = try world.run()
    #expect(state.outcome == .promoted)
    // Pauses of 1 and 2 seconds between three attempts.
    #expect(world.time >= 1_003)
    let said = try #require(state.record(of: .notify)?.said)
    #expect(said.contains("http://127.0.0.1:9/... was not told, 3 attempts: hook: connection refused"))
    #expect(!said.contains("secret"))
    world.isWebhookGone = false
    #expect(try world.run(.from(.notify)).outcome == .promoted && world.posts.count == 1)
  }

  @Test func twoRunsAtOnceAreRefused() throws {
    let world = try World()
    var message = ""
    world.figures = { _ in "" }
    // A run inside a run: the lock is held by the outer one.
    let inner = world.pipeline()
    let outer = Pipeline(
      world.configuration,
      Surroundings(
        run: { arguments, log in
          do { try inner.run() } catch { message = "\(error)" }
          return try world.surroundings.run(arguments, log)
        }, fetch: world.surroundings.fetch, shell: world.surroundings.shell, post: world.surroundings.post,
        now: world.surroundings.now, sleep: world.surroundings.sleep))
    #expect(try outer.run().outcome == .promoted)
    #expect(message.contains("another run is at work (process \(getpid()) since "))
  }

  @Test func singleStepsAreForSchedulers() throws {
    let world = try World()
    #expect(throws: PipelineError.self) { try world.run(.only(.train)) }
    for step in PipelineStep.allCases { try world.run(.only(step)) }
    #expect(try Pipeline.state(in: world.configuration.folder)?.outcome == .promoted && world.posts.count == 1)
    try world.run(.only(.notify))
    #expect(world.posts.count == 1 && world.notes.last == "notify    run 1 is told already")
    // A step that is killed with its process leaves no word; the last one tells.
    try world.run(.only(.ingest))
    let error = #expect(throws: PipelineError.self) { try world.run(.only(.evaluate)) }
    #expect(error?.description.contains("validate of run 2 is not done; begin there: --from validate") == true)
    try world.run(.only(.notify))
    #expect(try object(world.posts[1])["outcome"] as? String == "failed")
    #expect(try object(world.posts[1])["step"] as? String == "validate")
    #expect(try world.run(.resume).outcome == .kept)
  }

  @Test func whatAnEarlierStepLeftMustBeAsItWas() throws {
    let world = try World()
    world.killed = ["evaluate"]
    try world.run()
    world.killed = []
    let weights = "\(world.configuration.folder)/runs/1/run/checkpoints/best.safetensors"
    let file = try #require(FileHandle(forUpdatingAtPath: weights))
    try file.seek(toOffset: 0)
    try file.write(contentsOf: Data([1]))
    try file.close()
    let error = #expect(throws: PipelineError.self) { try world.run(.resume) }
    #expect(error?.code == .changed && error?.description.contains("do that step again: --from train") == true)
  }

  @Test func aNewVersionIsSeenOnceItsFilesStandStill() throws {
    let world = try World()
    var watch = PipelineWatch(world.configuration, world.surroundings)
    let found = try #require(try watch.wait(interval: 60, seconds: 0))
    #expect(found.rows == 300)
    try world.run()
    #expect(try watch.wait(interval: 60, seconds: 600) == nil)
    try world.scratch.write("log.csv", World.rows(0..<350))
    #expect(try watch.look() == nil)
    #expect(try watch.look()?.rows == 350)
    try FileManager.default.removeItem(atPath: world.scratch.file("log.csv"))
    #expect(try watch.wait(interval: 60, seconds: 60) == nil)
  }
}
