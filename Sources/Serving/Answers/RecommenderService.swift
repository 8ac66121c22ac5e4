import Logging
import Registry
import Training

/// The recommender API, whatever protocol asks: which model answers a user, from what, and what is noted of it.
final class RecommenderService: Sendable {
  struct Question: Sendable {
    var user: String?
    var session: String?
    /// Items that the session saw before, as the request itself says, the latest last.
    var items: [String] = []
    var top = 10
    var category: String?
    var excludesSeen = true
    /// A model of the client's own choice, past all experiments.
    var model: String?
  }

  struct Reply: Sendable {
    var items: [ScoredItem]
    var source: RecommendationSource
    var model: String
    var version: String
    var exposure: Exposure?
  }

  private let store: ModelRotation
  private let events: EventLog
  private let cache: AnswerCache
  private let experiments: [Experiment]
  private let shadow: Shadow?
  private let metrics: ServingMetrics

  init(
    store: ModelRotation, events: EventLog, cache: AnswerCache, experiments: [Experiment], shadow: Shadow?,
    metrics: ServingMetrics
  ) {
    self.store = store
    self.events = events
    self.cache = cache
    self.experiments = experiments
    self.shadow = shadow
    self.metrics = metrics
  }

  /// - Throws: `ServingError`, and as the model does.
  func recommend(_ question: Question, deadline: UInt64) async throws -> Reply {
    let (model, exposure) = try choose(user: question.user ?? question.session, named: question.model)
    let query = RecommendationQuery(
      user: question.user, top: question.top, category: question.category, excludesSeen: question.excludesSeen,
      recent: recent(question))
    let answer = try await answer(query, by: model, deadline: deadline)
    if let exposure { note(exposure) }
    if let shadow, let user = question.user ?? question.session, shadow.takes(user) {
      shadow.compare(answer.items.map(\.item), query, deadline: deadline, store: store, metrics: metrics)
    }
    return Reply(
      items: answer.items, source: answer.source, model: model.name, version: model.version, exposure: exposure)
  }

  private func recent(_ question: Question) -> [RecentEvent] {
    let known = events.sessions.recent(user: question.user, session: question.session)
    guard !question.items.isEmpty else { return known }
    return known.filter { !question.items.contains($0.item) } + question.items.map { RecentEvent(item: $0, weight: 1) }
  }

  private func answer(_ query: RecommendationQuery, by model: ServedModel, deadline: UInt64) async throws
    -> ServedModel.Answer
  {
    // What a user did since is part of the question: such answers are made anew.
    guard query.recent.isEmpty else { return try await model.recommend(query, deadline: deadline) }
    let key = AnswerCache.Key(
      model: model.serial, user: query.user, top: query.top, category: query.category, excludesSeen: query.excludesSeen)
    if let answer = cache.answer(key) {
      metrics.cacheHits.increment()
      if let span = RequestSpan.current {
        span.note(model)
        span.note([("swiftrec.cache.hit", .flag(true))])
      }
      return answer
    }
    metrics.cacheMisses.increment()
    let answer = try await model.recommend(query, deadline: deadline)
    cache.keep(answer, for: key)
    return answer
  }

  /// The model for a user: the client's own, that of the first experiment which the user is in, else the first.
  private func choose(user: String?, named name: String?) throws -> (model: ServedModel, exposure: Exposure?) {
    if let name { return (try store.recommender(name), nil) }
    if let user {
      for experiment in experiments {
        guard let arm = experiment.arm(of: user),
          let model = try? arm.model.map({ try store.model(path: $0) }) ?? store.recommender(nil)
        else { continue }
        return (model, Exposure(experiment: experiment.name, arm: arm.name, user: user))
      }
    }
    return (try store.recommender(nil), nil)
  }

  private func note(_ exposure: Exposure) {
    events.add(exposure)
    metrics.exposures.increment(
      "experiment=\(MetricsText.quoted(exposure.experiment)),arm=\(MetricsText.quoted(exposure.arm))")
  }

  // MARK: The other questions

  func rank(user: String?, session: String?, items: [String], model name: String?, deadline: UInt64) async throws
    -> Reply
  {
    let (model, exposure) = try choose(user: user ?? session, named: name)
    let recent = events.sessions.recent(user: user, session: session)
    let ranked = try await model.ask(deadline: deadline) { try $0.rank(user: user, items: items, recent: recent) }
    if let exposure { note(exposure) }
    return Reply(items: ranked, source: .model, model: model.name, version: model.version, exposure: exposure)
  }

  /// - Throws: `ServingError` `.notFound` for an item that the model does not know.
  func similar(to item: String, top: Int, category: String?, model name: String?, deadline: UInt64) async throws
    -> Reply
  {
    let model = try store.recommender(name)
    let found = try await model.ask(deadline: deadline) { try $0.similar(to: item, top: top, category: category) }
    guard let found else {
      throw ServingError.notFound("item \"\(item.prefix(80))\" is not in model \(model.name); give an item of its data")
    }
    return Reply(items: found, source: .model, model: model.name, version: model.version)
  }

  func popular(top: Int, category: String?, model name: String?, deadline: UInt64) async throws -> Reply {
    let model = try store.recommender(name)
    let items = try await model.ask(deadline: deadline) { $0.popular(top: top, category: category) }
    return Reply(items: items, source: .popular, model: model.name, version: model.version)
  }
}
