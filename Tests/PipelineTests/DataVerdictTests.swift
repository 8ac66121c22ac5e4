import Foundation
import Pipeline
import Testing

@Suite struct DataVerdictTests {
  private func column(_ name: String, _ values: [Double]) -> TableProfile.Column {
    TableProfile.Column(name: name, kind: .number, values: values.count, sample: values.sorted())
  }

  private func tokens(_ name: String, _ counts: [String: Int]) -> TableProfile.Column {
    TableProfile.Column(
      name: name, kind: .token, values: counts.values.reduce(0, +),
      frequent: counts.sorted { $0.value > $1.value }.map { .init(token: $0.key, count: $0.value) })
  }

  private func profile(_ rows: Int, _ columns: [TableProfile.Column]) -> TableProfile {
    TableProfile(rows: rows, columns: columns)
  }

  @Test func driftIsNothingForTheSameAndMuchForAnother() throws {
    let values = (0..<1000).map { Double($0) }
    let same = column("x", values)
    #expect(Drift.psi(same, over: same) == 0 && Drift.ks(same, over: same) == 0)
    // Half of the values moved beyond all others: the distribution functions lie half apart.
    let moved = column("x", values.map { $0 < 500 ? $0 : $0 + 10_000 })
    #expect(Drift.ks(moved, over: same) == 0.5)
    let far = column("x", values.map { $0 + 5_000 })
    #expect(Drift.ks(far, over: same) == 1)
    #expect(try #require(Drift.psi(far, over: same)) > 2)
    #expect(Drift.psi(column("x", []), over: same) == nil && Drift.ks(column("x", []), over: same) == nil)
  }

  /// By hand: bins a, b and the rest, half a value in each: shares 60.5, 40.5, 0.5 and 40.5, 60.5, 0.5 of 101.5.
  @Test func thePopulationStabilityIndexOfTokensIsItsFormula() throws {
    let former = tokens("c", ["a": 60, "b": 40])
    let now = tokens("c", ["a": 40, "b": 60])
    let expected = 2 * (60.5 - 40.5) / 101.5 * log(60.5 / 40.5)
    #expect(try abs(#require(Drift.psi(now, over: former)) - expected) < 1e-12)
    #expect(try #require(Drift.psi(tokens("c", ["z": 100]), over: former)) > 3)
  }

  @Test func columnsAreNamed() throws {
    var settings = DataSettings(files: [])
    let former = profile(100, [column("age", (0..<100).map(Double.init)), tokens("city", ["a": 50, "b": 50])])
    var drifted = profile(100, [column("age", (0..<100).map { Double($0) + 60 }), tokens("city", ["a": 50, "b": 50])])
    var verdict = DataVerdict.judge(drifted, over: former, settings)
    #expect(verdict.drifted == ["age"] && verdict.faults.count == 1)
    #expect(verdict.faults[0].hasPrefix("column age: drifted: PSI ") && verdict.faults[0].contains("KS 0.6, 0.1 is"))
    verdict = DataVerdict.judge(drifted, over: former, settings, acceptsDrift: true)
    #expect(verdict.faults.isEmpty && verdict.drifted == ["age"])
    settings.columnDrift["age"] = .init(psi: nil, ks: nil)
    #expect(DataVerdict.judge(drifted, over: former, settings).faults.isEmpty)
    drifted.columns.remove(at: 1)
    #expect(
      DataVerdict.judge(drifted, over: former, settings).faults == ["column city: is not there; the columns are age"])
    settings.columns = [.init("age", .token)]
    #expect(
      DataVerdict.judge(drifted, over: former, settings).faults == [
        "column age: holds numbers, tokens were expected"
      ])
  }

  @Test func volumeAndBlanksAreHeldAgainstTheirLimits() throws {
    var settings = DataSettings(files: [])
    settings.fewestRows = 50
    let few = profile(40, [])
    #expect(DataVerdict.judge(few, over: nil, settings).faults == ["rows: 40, at least 50 were expected"])
    settings.fewestRows = 1
    let faults = DataVerdict.judge(few, over: profile(100, []), settings).faults
    #expect(faults == ["rows: 40 after 100, 0.4 times as many where 0.5 to 10.0 is allowed"])
    settings.columns = [.init("city", .token)]
    var city = tokens("city", ["a": 30])
    city.blank = 10
    #expect(
      DataVerdict.judge(profile(40, [city]), over: nil, settings).faults == [
        "column city: 0.25 of it is blank, 0.0 is allowed"
      ])
  }
}
