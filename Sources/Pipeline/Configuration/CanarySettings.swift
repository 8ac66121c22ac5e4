/// `canary:`: how a new version is tried on a part of the users.
///
/// The pipeline moves the registry's alias; the server watches the alias and gives the version its share.
public struct CanarySettings: Sendable, Equatable {
  /// One figure of the canary, held against a bound or against the champion's.
  public struct Check: Sendable, Equatable {
    public var name: String
    /// `$arm` stands for `canary` and `control`, `$version` for their versions.
    public var value: String
    /// What `value` is divided by.
    public var per: String?
    public var most: Double?
    public var least: Double?
    /// The canary's figure over the control's.
    public var mostRatio: Double?
    public var leastRatio: Double?

    public init(_ name: String, value: String, per: String? = nil) {
      self.name = name
      self.value = value
      self.per = per
    }
  }

  /// What `swiftrec ab report --json` says.
  public struct Report: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
      case file(String)
      /// A line of shell that prints the report.
      case command(String)
    }

    public var source: Source
    public var arm = "canary"
    /// The smallest lift that is taken, as the lower end of its interval.
    public var leastLift = 0.0
    public var fewestUsers = 1

    public init(_ source: Source) { self.source = source }
  }

  public var alias = "canary"
  /// A URL of text in Prometheus' format, or a file with it.
  public var metrics: String?
  /// Counts the requests that the canary answered.
  public var requests: String?
  public var fewestRequests = 1
  public var checks: [Check] = []
  public var report: Report?
  /// How long the canary is watched at least.
  public var seconds = 300.0
  /// How long it is waited for enough requests.
  public var deadline = 3600.0
  /// Between two looks.
  public var interval = 5.0

  public init() {}
}
