import HTTPTypes
import Hummingbird
import NIOCore
import Registry

extension HTTPService {
  func recommend(_ user: String, _ call: HTTPCall) async throws -> Response {
    let query = try QueryOptions(call.query)
    let question = RecommenderService.Question(
      user: try Limits.text(user, "user"), session: try query.text("session"), top: try query.top(),
      category: try query.text("category"), excludesSeen: try query.flag("exclude-seen", default: true),
      model: try query.text("model"))
    let reply = try await core.recommender.recommend(question, deadline: core.deadline(seconds: call.timeout))
    return Self.response(reply, [("user", question.user)], call)
  }

  /// For who is not known by name: what the session holds, as the body and the events say.
  func sessionRecommend(_ request: Request, _ call: HTTPCall) async throws -> Response {
    let body = try await object(request)
    var question = RecommenderService.Question()
    question.session = try Event.text(body, "session", "body")
    question.user = try Event.text(body, "user", "body")
    question.items = try Self.items(body, isRequired: false)
    question.category = try Event.text(body, "category", "body")
    question.model = try Event.text(body, "model", "body")
    if let top = body["top"], !top.isNull { question.top = try Limits.top(top.integer, received: top.kind) }
    if let flag = body["exclude_seen"], !flag.isNull {
      guard let flag = flag.bool else {
        throw ServingError.invalid("exclude_seen: received \(flag.kind), expected true or false")
      }
      question.excludesSeen = flag
    }
    let reply = try await core.recommender.recommend(question, deadline: core.deadline(seconds: call.timeout))
    return Self.response(reply, [("user", question.user), ("session", question.session)], call)
  }

  func rank(_ request: Request, _ call: HTTPCall) async throws -> Response {
    let body = try await object(request)
    let user = try Event.text(body, "user", "body")
    let reply = try await core.recommender.rank(
      user: user, session: try Event.text(body, "session", "body"), items: try Self.items(body, isRequired: true),
      model: try Event.text(body, "model", "body"), deadline: core.deadline(seconds: call.timeout))
    return Self.response(reply, [("user", user)], call)
  }

  func similar(_ item: String, _ call: HTTPCall) async throws -> Response {
    let query = try QueryOptions(call.query)
    let item = try Limits.text(item, "item")
    let reply = try await core.recommender.similar(
      to: item, top: try query.top(), category: try query.text("category"), model: try query.text("model"),
      deadline: core.deadline(seconds: call.timeout))
    return Self.response(reply, [("item", item)], call)
  }

  func popular(_ call: HTTPCall) async throws -> Response {
    let query = try QueryOptions(call.query)
    let reply = try await core.recommender.popular(
      top: try query.top(), category: try query.text("category"), model: try query.text("model"),
      deadline: core.deadline(seconds: call.timeout))
    return Self.response(reply, [], call)
  }

  private static func items(_ body: JSONValue, isRequired: Bool) throws -> [String] {
    guard let given = body["items"], !given.isNull else {
      guard isRequired else { return [] }
      throw ServingError.invalid("items is missing; give a list of item ids")
    }
    guard let list = given.array, list.count <= Limits.items, !isRequired || !list.isEmpty else {
      throw ServingError.invalid(
        "items: received \(given.array.map { "\($0.count) items" } ?? given.kind), expected a list of \(isRequired ? 1 : 0) to \(Limits.items)"
      )
    }
    return try list.enumerated().map { position, value in
      let text: String? = if case .integer(let number) = value { "\(number)" } else { value.string }
      guard let text else {
        throw ServingError.invalid("items[\(position)]: received \(value.kind), expected an item id")
      }
      return try Limits.text(text, "items[\(position)]")
    }
  }

  private static func response(_ reply: RecommenderService.Reply, _ asked: [(String, String?)], _ call: HTTPCall)
    -> Response
  {
    .json { json in
      for (key, value) in asked { json.member(key, value) }
      json.member("model", reply.model)
      json.member("version", reply.version)
      json.member("source", reply.source.rawValue)
      if let exposure = reply.exposure {
        json.member("experiment", exposure.experiment)
        json.member("arm", exposure.arm)
      }
      json.member("request_id", call.id)
      json.key("items")
      json.array { json in
        for item in reply.items {
          json.object { json in
            json.member("item", item.item)
            json.member("title", item.title)
            json.member("score", item.score)
          }
        }
      }
    }
  }

  // MARK: Events

  func events(_ request: Request) async throws -> Response {
    let events = try Event.events(try await object(request))
    let isStored = await core.events.add(events)
    var response = Response.json { json in
      json.member("accepted", events.count)
      json.member("stored", isStored ? events.count : 0)
      json.member("lost", core.events.isDurable && !isStored ? events.count : 0)
    }
    response.status = .accepted
    return response
  }

  func deleteEvents(_ user: String) async throws -> Response {
    let user = try Limits.text(user, "user")
    let count = try await core.deleteEvents(of: user)
    return .json { json in
      json.member("user", user)
      json.member("deleted", count)
    }
  }
}
