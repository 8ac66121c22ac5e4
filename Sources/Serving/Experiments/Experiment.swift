/// Users divided over models by a stable hash: an A/B test, or a canary with a small share.
public struct Experiment: Sendable, Codable, Equatable {
  public struct Arm: Sendable, Codable, Equatable {
    public var name: String
    /// `NAME` or `NAME/VERSION` of a model that is served; nil for what users get without an experiment.
    public var model: String?
    public var share: Double

    public init(name: String, model: String?, share: Double) {
      self.name = name
      self.model = model
      self.share = share
    }
  }

  public var name: String
  /// Another salt divides the users anew.
  public var salt: String
  /// The part of all users that takes part; the others get what they would without it.
  public var traffic: Double
  /// The first is the control, which others are compared with.
  public var arms: [Arm]

  public init(name: String, salt: String? = nil, traffic: Double = 1, arms: [Arm]) {
    self.name = name
    self.salt = salt ?? name
    self.traffic = traffic
    self.arms = arms
  }

  /// A new model for a small share of the users.
  public static func canary(_ model: String, share: Double) -> Experiment {
    Experiment(
      name: "canary",
      arms: [Arm(name: "control", model: nil, share: 1 - share), Arm(name: "canary", model: model, share: share)])
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name), salt: try values.decodeIfPresent(String.self, forKey: .salt),
      traffic: try values.decodeIfPresent(Double.self, forKey: .traffic) ?? 1,
      arms: try values.decode([Arm].self, forKey: .arms))
  }

  /// The arm of a user; nil for one who takes no part. The same in every process for the same salt.
  public func arm(of user: String) -> Arm? {
    guard traffic >= 1 || StableHash.fraction(user, salt: "\(salt)/traffic") < traffic else { return nil }
    let total = arms.reduce(0) { $0 + $1.share }
    var point = StableHash.fraction(user, salt: salt) * total
    for arm in arms {
      if point < arm.share { return arm }
      point -= arm.share
    }
    return arms.last { $0.share > 0 }
  }

  /// What makes no sense in it, each with its place.
  public var faults: [String] {
    var faults: [String] = []
    let place = "experiment \"\(name)\""
    if name.isEmpty { faults.append("experiments: an experiment has no name; give it one") }
    if arms.count < 2 { faults.append("\(place): received \(arms.count) arms, expected 2 or more") }
    if Set(arms.map(\.name)).count < arms.count { faults.append("\(place): two arms have one name; name them apart") }
    if !(traffic > 0 && traffic <= 1) {
      faults.append("\(place): traffic: received \(traffic), expected a number above 0 and up to 1")
    }
    for arm in arms where !(arm.share >= 0 && arm.share.isFinite) {
      faults.append("\(place): arm \"\(arm.name)\": share: received \(arm.share), expected a number from 0")
    }
    if !(arms.reduce(0) { $0 + $1.share } > 0) {
      faults.append("\(place): the shares add up to nothing; give one above 0")
    }
    return faults
  }
}
