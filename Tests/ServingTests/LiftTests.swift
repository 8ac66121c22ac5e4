import Foundation
import Serving
import Testing

@Suite struct LiftTests {
  /// 1,000 made experiments with a known lift: intervals of 95 % must hold it in 930 to 970 of them.
  @Test func intervalsHoldTheTruth() {
    var random = SplitMix(state: 7)
    var conversions = 0
    var values = 0
    for _ in 0..<1000 {
      let control = Self.arm("control", users: 2000, rate: 0.10, value: 2, &random)
      let treatment = Self.arm("next", users: 1000, rate: 0.12, value: 2, &random)
      if Lift.conversion(treatment, over: control).interval?.contains(0.2) == true { conversions += 1 }
      // Of a user's value: 0.12 x 2 against 0.10 x 2.
      if Lift.value(treatment, over: control).interval?.contains(0.2) == true { values += 1 }
    }
    #expect((930...970).contains(conversions))
    #expect((930...970).contains(values))
  }

  /// Users who convert bring an exponential value.
  private static func arm(_ name: String, users: Int, rate: Double, value: Double, _ random: inout SplitMix)
    -> ArmOutcome
  {
    var arm = ArmOutcome(arm: name)
    for _ in 0..<users {
      let converts = random.fraction() < rate
      arm.add(converts ? -log(1 - random.fraction()) * value : 0, hasConverted: converts)
    }
    return arm
  }

  /// Under no difference, p is below 0.05 in about one of twenty.
  @Test func chanceIsRarelyTakenForALift() {
    var random = SplitMix(state: 11)
    let wrong = (0..<1000).count { _ in
      let first = Self.arm("a", users: 1000, rate: 0.2, value: 1, &random)
      let second = Self.arm("b", users: 1000, rate: 0.2, value: 1, &random)
      return Lift.conversion(second, over: first).p < 0.05
    }
    #expect((30...72).contains(wrong))
  }

  @Test func aControlOfNothingHasNoInterval() {
    var arm = ArmOutcome(arm: "a")
    arm.add(1, hasConverted: true)
    let lift = Lift.conversion(arm, over: ArmOutcome(arm: "control"))
    #expect(lift.interval == nil && lift.relative.isNaN)
  }

  @Test(arguments: [(0.975, 1.959963984540054), (0.5, 0), (0.001, -3.090232306167813)])
  func quantilesOfTheNormalDistribution(p: Double, z: Double) {
    #expect(abs(NormalDistribution.quantile(p) - z) < 1e-12)
  }
}
