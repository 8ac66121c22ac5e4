import Features
import Foundation
import Models
import Retrieval
import Torch
import Training

extension RecommenderModel: RecommendingModel {
  /// A query with its names looked up.
  private struct Question {
    var user: Int?
    var recent: RecentTaste
    var top: Int
    var filter: ItemFilter?
    var excluded: [Int32]
    /// How it is answered, which what is found on the way may change.
    var source = RecommendationSource.popular
  }

  /// Users whose items are all scored at a time, by a model that is no dot product.
  private static let usersAtATime = 16

  private func question(_ query: RecommendationQuery) -> Question {
    let user = query.user.flatMap { catalogue.users.index(of: $0) }
    let recent = RecentTaste(query.recent, items: catalogue.items)
    var excluded: Set<Int32> = []
    if query.excludesSeen {
      if let user, user < catalogue.histories.userCount { excluded.formUnion(catalogue.histories.items(of: user)) }
      excluded.formUnion(recent.rows)
    }
    return Question(
      user: user, recent: recent, top: min(max(0, query.top), catalogue.items.count),
      filter: query.category.map(categories.filter), excluded: excluded.sorted())
  }

  public func recommend(_ queries: [RecommendationQuery]) throws
    -> [(items: [ScoredItem], source: RecommendationSource)]
  {
    var questions = queries.map(question)
    var answers = [[ScoredItem]?](repeating: nil, count: queries.count)
    try noGrad {
      if let index {
        try answerByVectors(&questions, &answers, index)
      } else {
        try answerByScores(&questions, &answers)
      }
    }
    return questions.indices.map { place in
      let question = questions[place]
      if let items = answers[place] { return (items, question.source) }
      return (popular(question), .popular)
    }
  }

  // MARK: By vectors

  private func answerByVectors(
    _ questions: inout [Question], _ answers: inout [[ScoredItem]?], _ index: ExactIndex
  ) throws {
    var asked: [Int] = []
    var vectors: [Tensor] = []
    let owners = try ownVectors(questions)
    for place in questions.indices where questions[place].top > 0 {
      let question = questions[place]
      guard let (vector, source) = try queryVector(question, own: owners[place], index) else { continue }
      questions[place].source = source
      asked.append(place)
      vectors.append(vector)
    }
    guard !asked.isEmpty else { return }
    let best = try index.search(
      Tensor.cat(vectors, dim: 0), k: max(1, asked.map { questions[$0].top }.max() ?? 1),
      among: asked.map { questions[$0].filter }, excluding: ItemSets(asked.map { questions[$0].excluded }),
      queryIDs: asked.map { questions[$0].user ?? -1 }, seed: seed)
    for (row, place) in asked.enumerated() { answers[place] = items(best, row: row, top: questions[place].top) }
  }

  /// `[1, D]` of each known user, in one pass of the model.
  private func ownVectors(_ questions: [Question]) throws -> [Tensor?] {
    guard let dot = model as? any DotProductRecommender else { return questions.map { _ in nil } }
    let known = questions.indices.filter { questions[$0].user != nil }
    guard !known.isEmpty else { return questions.map { _ in nil } }
    let users = known.compactMap { questions[$0].user.map(Int64.init) }
    let vectors = try dot.userVectors(Tensor(users).to(device: device))
    var found = [Tensor?](repeating: nil, count: questions.count)
    for (row, place) in known.enumerated() { found[place] = try vectors.narrow(dim: 0, start: row, length: 1) }
    return found
  }

  /// What asks for a question: the user, the last events, or both; nil where neither is known.
  private func queryVector(
    _ question: Question, own: Tensor?, _ index: ExactIndex
  ) throws -> (vector: Tensor, source: RecommendationSource)? {
    guard !question.recent.isEmpty else { return own.map { ($0, .model) } }
    if let model = model as? any NextItemRecommender & DotProductRecommender {
      let past = question.user.map { Array(catalogue.histories.items(of: $0)) } ?? []
      return (try sequenceVector(Array((past + question.recent.rows).suffix(model.maximumLength)), model), .session)
    }
    let length = try own.map { try $0.linalgVectorNorm().item() } ?? usualLength
    guard let taste = try question.recent.vector(in: index.items, length: length) else {
      return own.map { ($0, .model) }
    }
    return (try own.map { try ($0.to(dtype: .float32) + taste) * 0.5 } ?? taste, .session)
  }

  private func sequenceVector(_ items: [Int32], _ model: any DotProductRecommender) throws -> Tensor {
    let history = try Tensor(items.map(Int64.init), shape: [1, items.count]).to(device: device)
    let none = try Tensor.zeros([1], dtype: .int64, device: device)
    return try model.queryVectors(
      Batch(users: none, items: none, histories: history, lengths: Tensor([Int64(items.count)])))
  }

  // MARK: By scores of all items

  private func answerByScores(_ questions: inout [Question], _ answers: inout [[ScoredItem]?]) throws {
    let known = questions.indices.filter { questions[$0].user != nil && questions[$0].top > 0 }
    for start in stride(from: 0, to: known.count, by: Self.usersAtATime) {
      let places = Array(known[start..<min(known.count, start + Self.usersAtATime)])
      let users = places.compactMap { questions[$0].user }
      var scores = try model.scoreAllItems(users: Tensor(users).to(device: device)).to(dtype: .float32)
      for (row, place) in places.enumerated() {
        questions[place].source = .model
        guard let moved = try moved(scores.select(dim: 0, index: row), by: questions[place].recent) else { continue }
        // Scores of all users may be one expanded row.
        scores = try scores.contiguous()
        _ = try scores.select(dim: 0, index: row).copy_(moved)
        questions[place].source = .session
      }
      let best = try topK(
        scores: scores, k: max(1, places.map { questions[$0].top }.max() ?? 1),
        excluding: ItemSets(places.map { questions[$0].excluded }), among: places.map { questions[$0].filter },
        queryIDs: users, seed: seed)
      for (row, place) in places.enumerated() { answers[place] = items(best, row: row, top: questions[place].top) }
    }
    for place in questions.indices where questions[place].user == nil && !questions[place].recent.isEmpty {
      let question = questions[place]
      guard question.top > 0, let like = try directions(),
        let taste = try question.recent.vector(in: like.items, length: 1)
      else { continue }
      let best = try like.search(
        taste, k: question.top, among: [question.filter], excluding: ItemSets([question.excluded]), queryIDs: [-1],
        seed: seed)
      answers[place] = items(best, row: 0, top: question.top)
      questions[place].source = .session
    }
  }

  /// A user's scores moved towards what is like the last events: as far as they are apart by themselves.
  ///
  /// - Parameter scores: `[I]`, or those of some items alone, with their `rows`.
  func moved(_ scores: Tensor, by recent: RecentTaste, rows: Tensor? = nil) throws -> Tensor? {
    guard !recent.isEmpty, let like = try directions(), let taste = try recent.vector(in: like.items, length: 1) else {
      return nil
    }
    let items = try rows.map { try like.items.indexSelect(dim: 0, index: $0) } ?? like.items
    let nearness = try items.mm(taste.t()).squeeze(dim: 1)
    let spread = scores.count > 1 ? try scores.std().item() : 1
    return try scores + nearness * (spread.isFinite ? spread : 0)
  }

  // MARK: By popularity

  private func popular(_ question: Question) -> [ScoredItem] {
    let hidden = Set(question.excluded)
    let found = popularOrder.lazy.filter { row in
      !hidden.contains(row) && question.filter.map { $0.contains(Int(row)) } ?? true
    }
    return found.prefix(question.top).map { item($0, score: Float(catalogue.popularity[Int($0)])) }
  }

  public func popular(top: Int, category: String?) -> [ScoredItem] {
    popular(
      Question(
        user: nil, recent: RecentTaste([], items: catalogue.items), top: min(max(0, top), catalogue.items.count),
        filter: category.map(categories.filter), excluded: []))
  }

  public func knows(user: String) -> Bool { catalogue.users.index(of: user) != nil }

  // MARK: Likeness

  public func similar(to item: String, top: Int, category: String?) throws -> [ScoredItem]? {
    guard let row = catalogue.items.index(of: item) else { return nil }
    let count = min(max(0, top), catalogue.items.count)
    guard count > 0, let like = try directions() else { return [] }
    let best = try noGrad {
      try like.search(
        like.items.narrow(dim: 0, start: row, length: 1), k: count, among: [category.map(categories.filter)],
        excluding: ItemSets([[Int32(row)]]), queryIDs: [row], seed: seed)
    }
    return items(best, row: 0, top: count)
  }

  // MARK: Given items

  public func rank(user: String?, items names: [String], recent events: [RecentEvent]) throws -> [ScoredItem] {
    let rows = names.map { catalogue.items.index(of: $0) }
    let known = rows.indices.filter { rows[$0] != nil }
    let recent = RecentTaste(events, items: catalogue.items)
    let scores =
      try known.isEmpty
      ? []
      : noGrad {
        try self.scores(user.flatMap { catalogue.users.index(of: $0) }, known.compactMap { rows[$0] }, recent)
      }
    let order = known.indices.sorted { (scores[$1], known[$0]) < (scores[$0], known[$1]) }
    let unknown = rows.indices.filter { rows[$0] == nil }
    return order.compactMap { place in rows[known[place]].map { item(Int32($0), score: scores[place]) } }
      + unknown.map { ScoredItem(item: names[$0], title: nil, score: 0) }
  }

  private func scores(_ user: Int?, _ rows: [Int], _ recent: RecentTaste) throws -> [Float] {
    let items = try Tensor(rows).to(device: device)
    let question = Question(user: user, recent: recent, top: rows.count, filter: nil, excluded: [])
    if let index, !recent.isEmpty {
      let own = try ownVectors([question])[0]
      if let (vector, source) = try queryVector(question, own: own, index), source == .session {
        let products = try index.items.indexSelect(dim: 0, index: items).mm(vector.to(dtype: .float32).t())
          .squeeze(dim: 1)
        return try finite(
          (index.itemBias.map { try products + $0.indexSelect(dim: 0, index: items) } ?? products).floats())
      }
    }
    if let user {
      let users = try Tensor.full([rows.count], user, dtype: .int64, device: device)
      let scores = try model.pairScores(users: users, items: items).to(dtype: .float32)
      return try finite(
        (moved(scores, by: index == nil ? recent : RecentTaste([], items: catalogue.items), rows: items) ?? scores)
          .floats())
    }
    if let like = try directions(), let taste = try recent.vector(in: like.items, length: 1) {
      return try finite(like.items.indexSelect(dim: 0, index: items).mm(taste.t()).squeeze(dim: 1).floats())
    }
    return rows.map { Float(catalogue.popularity[$0]) }
  }

  /// Scores that sort: what is not a number comes last.
  private func finite(_ scores: [Float]) -> [Float] { scores.map { $0.isNaN ? -.greatestFiniteMagnitude : $0 } }
}
