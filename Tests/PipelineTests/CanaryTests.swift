import Foundation
import Pipeline
import Testing

@Suite struct CanaryTests {
  private static let text = """
    # HELP swiftrec_requests_total Requests answered.
    # TYPE swiftrec_requests_total counter
    swiftrec_requests_total{arm="canary",status="200"} 90
    swiftrec_requests_total{arm="canary",status="500"} 10
    swiftrec_requests_total{arm="control",status="200",} 1000 1700000000000
    swiftrec_queue_length{model="a \\"b\\" \\\\ c\\nd"} 3
    up +Inf

    """

  @Test func selectorsTakeWhatPrometheusWould() throws {
    let text = try PrometheusText(Self.text, place: "test")
    #expect(text.samples.count == 5 && text.samples[3].labels["model"] == "a \"b\" \\ c\nd")
    #expect(text.samples[4].value == .infinity)
    func sum(_ selector: String) throws -> Double? { text.sum(try #require(MetricSelector(selector))) }
    #expect(try sum("swiftrec_requests_total") == 1100)
    #expect(try sum("swiftrec_requests_total{arm=\"canary\"}") == 100)
    #expect(try sum("swiftrec_requests_total{arm=\"canary\", status=~\"5..\"}") == 10)
    #expect(try sum("swiftrec_requests_total{status!~\"5.*\"}") == 1090)
    #expect(try sum("swiftrec_requests_total{arm!=\"canary\"}") == 1000)
    // A pattern takes the whole value, and what is not there is empty.
    #expect(try sum("swiftrec_requests_total{status=~\"5\"}") == nil)
    #expect(try sum("swiftrec_requests_total{other=\"\"}") == 1100)
    for wrong in ["", "{a=\"b\"}", "a{", "a{b}", "a{b=c}", "a{b=\"c}", "a{b=~\"(\"}", "a b"] {
      #expect(MetricSelector(wrong) == nil, "\(wrong)")
    }
  }

  @Test(arguments: ["<html>", "name", "name{a=\"b\" 1", "name one", "1name 2"])
  func textThatIsNoneIsRefusedWithItsLine(line: String) throws {
    let error = #expect(throws: PipelineError.self) { try PrometheusText("a 1\n\(line)\n", place: "http://x") }
    #expect(error?.subject == "http://x:2")
  }

  private func figures(_ check: CanarySettings.Check, first: String, now: String) throws -> CanaryFigures {
    var settings = CanarySettings()
    settings.requests = "requests_total{arm=\"$arm\"}"
    settings.checks = [check]
    let before = CanaryFigures.snapshot(try PrometheusText(first, place: "t"), settings, canary: 2, control: 1)
    return CanaryFigures(
      settings: settings, canary: 2, control: 1, first: before, now: try PrometheusText(now, place: "t"))
  }

  @Test func countersCountFromWhenTheCanaryBegan() throws {
    var check = CanarySettings.Check(
      "errors", value: "errors_total{arm=\"$arm\"}", per: "requests_total{arm=\"$arm\"}")
    check.most = 0.05
    let first = "requests_total{arm=\"canary\"} 1000\nerrors_total{arm=\"canary\"} 500\n"
    var found = try figures(
      check, first: first, now: "requests_total{arm=\"canary\"} 1100\nerrors_total{arm=\"canary\"} 504\n")
    #expect(found.requests == 100)
    #expect(found.judge().faults.isEmpty && found.judge().said == ["errors 0.04"])
    // A server that started again counts from 0.
    found = try figures(
      check, first: first, now: "requests_total{arm=\"canary\"} 50\nerrors_total{arm=\"canary\"} 10\n")
    #expect(found.requests == 50 && found.judge().faults == ["errors 0.2, 0.05 is allowed"])
    found = try figures(check, first: first, now: first)
    #expect(found.judge().faults == ["errors: the canary has no figure"])
  }

  @Test func theCanaryIsHeldAgainstTheControl() throws {
    var check = CanarySettings.Check(
      "latency", value: "seconds_sum{version=\"$version\"}", per: "seconds_count{version=\"$version\"}")
    check.mostRatio = 1.5
    func now(_ sum: Int) -> String {
      "seconds_sum{version=\"1\"} 10\nseconds_count{version=\"1\"} 100\nseconds_sum{version=\"2\"} \(sum)\n"
        + "seconds_count{version=\"2\"} 100\n"
    }
    #expect(try figures(check, first: "", now: now(15)).judge().faults.isEmpty)
    #expect(
      try figures(check, first: "", now: now(20)).judge().faults == [
        "latency 0.2 against 0.1, 2 times as much where 1.5 is allowed"
      ])
  }

  @Test func aReportIsJudgedByTheLowerEndOfItsLift() throws {
    let text = """
      {"experiment": "canary", "arms": [{"arm": "control", "users": 900, "rate": 0.1},
       {"arm": "canary", "users": 100, "conversion_lift": {"relative": 0.02, "low": -0.03, "high": 0.07, "p": 0.4}}]}
      """
    let report = try ExperimentReport.read(text, place: "r")
    var settings = CanarySettings.Report(.file("r"))
    settings.leastLift = -0.05
    #expect(try report.judge(settings, place: "r").faults.isEmpty)
    settings.leastLift = 0
    #expect(try report.judge(settings, place: "r").faults == ["lift from -0.03 with 100 users, 0.0 is asked for"])
    settings.fewestUsers = 101
    #expect(try report.judge(settings, place: "r").isReady == false)
    settings.arm = "green"
    #expect(throws: PipelineError.self) { try report.judge(settings, place: "r") }
    #expect(throws: PipelineError.self) { try ExperimentReport.read("no", place: "r") }
  }
}
