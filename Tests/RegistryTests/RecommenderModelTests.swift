import Features
import Foundation
import Models
import Registry
import Retrieval
import Testing
import Torch
import Training

@Suite struct RecommenderModelTests {
  static let models = [
    "{name: mf, factors: 8}", "{name: fm, factors: 8}", "{name: neumf, factors: 4, mlp_factors: 4, hidden: [8, 4]}",
    "{name: two-tower, dimension: 8, normalise: true}", "{name: sequence, dimension: 8, hidden: 8}",
    "{name: popularity}",
  ]

  private func open(_ model: String) throws -> any RecommendingModel {
    try #require(try ModelSource.open(SmallRuns.recommender(model).path).recommender)
  }

  @Test("A known user gets what `recommend` gives", arguments: models)
  func likeUserRanking(model: String) throws {
    let run = try SmallRuns.recommender(model)
    let served = try open(model)
    let catalogue = try run.catalogue()
    let configuration = try run.configuration()
    let trained = try run.model(
      configuration, space: catalogue.space, histories: catalogue.histories, device: .cpu)
    let ranking = try UserRanking(trained, catalogue: catalogue, seed: configuration.seed)
    let users = [0, 7, 31]
    let expected = try ranking.best(of: users, count: 8)
    let found = try served.recommend(users.map { RecommendationQuery(user: catalogue.users.tokens[$0], top: 8) })
    for (row, answer) in found.enumerated() {
      #expect(answer.source == .model)
      #expect(answer.items.map(\.item) == expected.ids(of: row).map { catalogue.items.tokens[Int($0)] })
      #expect(answer.items.map(\.score) == Array(expected.scores(of: row)))
      #expect(answer.items.first?.title?.hasPrefix("Film ") == true)
    }
  }

  @Test("Last events change a known user's answer and make one for an unknown user", arguments: models.dropLast())
  func recentEvents(model: String) throws {
    let catalogue = try SmallRuns.recommender(model).catalogue()
    let served = try open(model)
    let recent = [3, 9, 27].map { RecentEvent(item: catalogue.items.tokens[$0], weight: 1) }
    let user = catalogue.users.tokens[4]
    let found = try served.recommend([
      RecommendationQuery(user: user, top: 12), RecommendationQuery(user: user, top: 12, recent: recent),
      RecommendationQuery(user: "nobody", top: 12, recent: recent), RecommendationQuery(user: nil, top: 12),
      RecommendationQuery(user: nil, top: 12, recent: [RecentEvent(item: "no such item", weight: 1)]),
      RecommendationQuery(user: nil, top: 12, recent: [RecentEvent(item: recent[0].item, weight: 0)]),
    ])
    #expect(found.map(\.source) == [.model, .session, .session, .popular, .popular, .popular])
    #expect(found[0].items.map(\.item) != found[1].items.map(\.item))
    #expect(found.allSatisfy { $0.items.count == 12 })
    for answer in found[1...2] {
      #expect(Set(answer.items.map(\.item)).isDisjoint(with: recent.map(\.item)), "what was taken is not named again")
    }
    #expect(found[3].items == served.popular(top: 12, category: nil))
  }

  @Test(arguments: models)
  func aCategoryFilters(model: String) throws {
    let catalogue = try SmallRuns.recommender(model).catalogue()
    let served = try open(model)
    let field = catalogue.itemFields[0]
    for (category, value) in [("comedy", "comedy"), ("genre=drama", "drama")] {
      let found = try served.recommend([
        RecommendationQuery(user: catalogue.users.tokens[2], top: 100, category: category, excludesSeen: false),
        RecommendationQuery(user: nil, top: 100, category: category),
      ])
      let wanted = Set((0..<90).filter { field.tokens(of: $0).contains(value) }.map { catalogue.items.tokens[$0] })
      for answer in found { #expect(Set(answer.items.map(\.item)) == wanted) }
      let item = catalogue.items.tokens[5]
      let like = try #require(try served.similar(to: item, top: 100, category: category))
      #expect(like.isEmpty == model.contains("popularity"))
      #expect(Set(like.map(\.item)).isSubset(of: wanted.subtracting([item])))
    }
    let none = try served.recommend([RecommendationQuery(user: catalogue.users.tokens[2], top: 5, category: "opera")])
    #expect(none[0].items.isEmpty)
    #expect(try served.similar(to: "no such item", top: 5, category: nil) == nil)
  }

  @Test("Ranking given items follows the scores, and unknown ones come last", arguments: models)
  func ranksGivenItems(model: String) throws {
    let catalogue = try SmallRuns.recommender(model).catalogue()
    let served = try open(model)
    let names = [4, 80, 11, 4].map { catalogue.items.tokens[$0] } + ["no such item"]
    let recent = [RecentEvent(item: catalogue.items.tokens[50], weight: 2)]
    for user in [catalogue.users.tokens[9], "nobody", nil] {
      for events in [[], recent] {
        let ranked = try served.rank(user: user, items: names, recent: events)
        #expect(ranked.map(\.item).sorted() == names.sorted() && ranked.last?.item == "no such item")
        let scores = ranked.dropLast().map(\.score)
        #expect(scores == scores.sorted(by: >))
      }
    }
    #expect(try served.rank(user: nil, items: [], recent: []) == [])
  }

  @Test("Values that no sane client sends get an answer, not a trap")
  func strangeRequests() throws {
    let served = try open(Self.models[0])
    let item = try SmallRuns.recommender(Self.models[0]).catalogue().items.tokens[0]
    let weights: [Float] = [.nan, .infinity, -.infinity, -1, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    for top in [Int.min, -1, 0, 1, 91, Int.max] {
      let found = try served.recommend([
        RecommendationQuery(
          user: "\u{0}", top: top, category: "", recent: weights.map { RecentEvent(item: item, weight: $0) })
      ])
      #expect(found[0].items.count <= 90)
      #expect(served.popular(top: top, category: nil).count == min(max(0, top), 90))
      #expect(try #require(try served.similar(to: item, top: top, category: nil)).count == min(max(0, top), 89))
    }
    let many = [RecentEvent](repeating: RecentEvent(item: item, weight: 1e38), count: 10_000)
    #expect(try served.recommend([RecommendationQuery(user: nil, top: 3, recent: many)])[0].items.count == 3)
    #expect(try served.recommend([]).isEmpty)
  }

  @Test func predictGivesTheScoresOfPairs() throws {
    for model in Self.models {
      let run = try SmallRuns.recommender(model)
      let opened = try ModelSource.open(run.path + "/")
      #expect(opened.name == "run" && opened.model.signature.inputs.map(\.name) == ["user", "item"])
      let catalogue = try run.catalogue()
      func input(_ users: [String], _ items: [String]) -> [NamedValue] {
        [
          NamedValue("user", .bytes, shape: [users.count], .bytes(users.map { Array($0.utf8) })),
          NamedValue("item", .bytes, shape: [items.count], .bytes(items.map { Array($0.utf8) })),
        ]
      }
      let (users, items) = (Array(catalogue.users.tokens[3...5]), Array(catalogue.items.tokens[7...9]))
      let found = try opened.model.predict(input(users, items))
      let trained = try run.model(
        run.configuration(), space: catalogue.space, histories: catalogue.histories, device: .cpu)
      let expected = try noGrad {
        try trained.pairScores(users: Tensor([3, 4, 5] as [Int64]), items: Tensor([7, 8, 9] as [Int64])).floats()
      }
      guard case .tensor(let scores) = found[0].payload else { throw CancellationError() }
      #expect(try scores.floats() == expected && found[0].shape == [3])
      #expect(try opened.model.predict(input([], []))[0].shape == [0])
      for (users, items) in [(["nobody"], ["1"]), ([users[0]], ["\u{fffd}"]), (users, [items[0]])] {
        #expect(throws: DataError.self) { try opened.model.predict(input(users, items)) }
      }
      let broken = NamedValue("user", .bytes, shape: [1], .bytes([[0xff, 0xfe]]))
      #expect(throws: DataError.self) { try opened.model.predict([broken, input([], [items[0]])[1]]) }
    }
  }

  @Test("Many threads at once get what one gets", arguments: models)
  func threads(model: String) async throws {
    let catalogue = try SmallRuns.recommender(model).catalogue()
    let served = try open(model)
    let queries = (0..<30).map { user in
      RecommendationQuery(
        user: user % 5 == 0 ? nil : catalogue.users.tokens[user], top: 5, category: user % 3 == 0 ? "drama" : nil,
        recent: user % 2 == 0 ? [RecentEvent(item: catalogue.items.tokens[user], weight: 1)] : [])
    }
    let expected = try queries.map { try served.recommend([$0])[0].items }
    let fresh = try open(model)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for (query, items) in zip(queries, expected) where try fresh.recommend([query])[0].items != items {
            return false
          }
          return true
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }
}
