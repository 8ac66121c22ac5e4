import Testing
import Training

@Suite struct ProgressReporterTests {
  private let progress = TrainingProgress(
    epoch: 1, epochs: 20, batch: 50, batchesPerEpoch: 100, step: 150, loss: 0.34567, learningRate: 0.001,
    samplesPerSecond: 123_456, loaderWait: 0.021, secondsLeft: 75, gpu: nil)

  @Test func drawsABarOnATerminal() {
    var text = ""
    let reporter = ProgressReporter(isTerminal: true) { text += $0 }
    reporter.trainingAdvanced(progress)
    #expect(
      text
        == "\r\u{1B}[K██████████░░░░░░░░░░ epoch 2/20  50/100  loss 0.3457  lr 0.001  123k samples/s  wait 2 %  ETA 1:15"
    )
  }

  @Test func drawsABarOfOtherWorkAndWipesIt() {
    var text = ""
    let reporter = ProgressReporter(isTerminal: true) { text += $0 }
    reporter.advanced("writing: rows read", 0.25)
    #expect(text.hasPrefix("\r\u{1B}[K█████░░░░░░░░░░░░░░░ writing: rows read  25 %  ETA 0:00"))
    reporter.ended()
    #expect(text.hasSuffix("\r\u{1B}[K"))
    var plain = ""
    let quiet = ProgressReporter(isTerminal: false) { plain += $0 }
    quiet.advanced("writing: rows read", 0.25)
    quiet.ended()
    #expect(plain.isEmpty)
  }

  @Test func writesPlainLinesElsewhere() {
    var text = ""
    let reporter = ProgressReporter(isTerminal: false) { text += $0 }
    reporter.trainingAdvanced(progress)
    #expect(text.isEmpty)
    reporter.epochEnded(
      EpochSummary(
        epoch: 0, epochs: 2, step: 100, loss: 0.5, learningRate: 0.01, samplesPerSecond: 2_500_000, loaderWait: 0,
        seconds: 3, secondsLeft: 3, validation: nil, metric: "ndcg@10", isBest: true, gpu: nil))
    #expect(text == "epoch 1/2  loss 0.5  lr 0.01  2.50M samples/s  loader wait 0 %  3.0 s  ETA 0:03\n")
  }
}
