/// What a load test sends.
public struct LoadPlan: Sendable {
  public var host: String
  public var port: Int
  /// `GET` or `POST`.
  public var method: String
  /// `{user}` in it becomes another number each time, from `users`.
  public var path: String
  public var users: ClosedRange<Int>
  public var body: [UInt8]
  public var headers: [(name: String, value: String)]
  public var connections: Int
  /// Requests a second that arrive whether or not the server keeps up; nil sends the next when one is answered.
  public var rate: Double?
  public var seconds: Double
  public var warmUpSeconds: Double
  public var seed: UInt64

  public init(
    host: String, port: Int, method: String = "GET", path: String, users: ClosedRange<Int> = 1...1, body: [UInt8] = [],
    headers: [(name: String, value: String)] = [], connections: Int = 16, rate: Double? = nil, seconds: Double = 10,
    warmUpSeconds: Double = 1, seed: UInt64 = 1
  ) {
    self.host = host
    self.port = port
    self.method = method
    self.path = path
    self.users = users
    self.body = body
    self.headers = headers
    self.connections = connections
    self.rate = rate
    self.seconds = seconds
    self.warmUpSeconds = warmUpSeconds
    self.seed = seed
  }
}

/// What came of it.
public struct LoadReport: Sendable {
  public var requests = 0
  public var failures = 0
  /// By status; 0 stands for connections that broke.
  public var statuses: [Int: Int] = [:]
  public var seconds = 0.0
  /// Microseconds at 50, 90, 95, 99, 99.9 and 100 %, from when a request was due, not from when it could be sent.
  public var percentiles: [(percent: Double, microseconds: Int)] = []
  public var meanMicroseconds = 0.0

  public var requestsPerSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }

  public func microseconds(at percent: Double) -> Int {
    percentiles.first { $0.percent == percent }?.microseconds ?? 0
  }
}
