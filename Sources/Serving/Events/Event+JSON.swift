extension Event {
  static let maxBatch = 1000
  private static let maxText = 256

  /// One event, or `{"events": [...]}`.
  static func events(_ body: JSONValue) throws(ServingError) -> [Event] {
    let now = Event.now
    guard let list = body["events"] else { return [try Event(body, "event", now: now)] }
    guard let list = list.array, (1...maxBatch).contains(list.count) else {
      throw .invalid(
        "events: received \(list.array.map { "\($0.count) events" } ?? list.kind), expected a list of 1 to \(maxBatch)")
    }
    var events: [Event] = []
    for (position, value) in list.enumerated() { events.append(try Event(value, "events[\(position)]", now: now)) }
    return events
  }

  private init(_ value: JSONValue, _ place: String, now: Int64) throws(ServingError) {
    guard case .object = value else { throw .invalid("\(place): received \(value.kind), expected an object") }
    let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = value["type"]?.string, let kind = Kind(rawValue: name) else {
      throw .invalid(
        "\(place): type: received \(value["type"]?.string.map { "\"\($0.prefix(40))\"" } ?? value["type"]?.kind ?? "nothing"), expected one of \(kinds)"
      )
    }
    let user = try Self.text(value, "user", place)
    let session = try Self.text(value, "session", place)
    guard user != nil || session != nil else { throw .invalid("\(place): neither user nor session; give one of them") }
    guard let item = try Self.text(value, "item", place) else {
      throw .invalid("\(place): item is missing; give the item's id")
    }
    var weight: Double?
    if let given = value["weight"], !given.isNull {
      guard let number = given.double, abs(number) <= 1e9 else {
        throw .invalid(
          "\(place): weight: received \(given.double.map { "\($0)" } ?? given.kind), expected a number up to 1e9")
      }
      weight = number
    }
    if kind == .rating, weight == nil {
      throw .invalid("\(place): a rating without weight; give the rating as the weight")
    }
    var time = now
    if let given = value["time"], !given.isNull {
      // A day ahead of the server's clock is a wrong clock or a wrong unit.
      guard let number = given.integer, number > 0, number <= now + 86_400_000 else {
        throw .invalid("\(place): time: expected milliseconds since 1970, at most a day ahead; leave it out for now")
      }
      time = Int64(number)
    }
    self.init(
      kind, user: user, session: session, item: item, weight: weight, time: time,
      request: try Self.text(value, "request_id", place))
  }

  /// A member that is a string, or a number that stands for one.
  static func text(_ value: JSONValue, _ key: String, _ place: String) throws(ServingError) -> String? {
    guard let given = value[key], !given.isNull else { return nil }
    let text: String? = if case .integer(let number) = given { "\(number)" } else { given.string }
    guard let text, !text.isEmpty, text.utf8.count <= maxText, !text.unicodeScalars.contains(where: { $0.value < 0x20 })
    else {
      throw .invalid(
        "\(place): \(key): received \(given.kind), expected 1 to \(maxText) bytes of text without control characters")
    }
    return text
  }
}
