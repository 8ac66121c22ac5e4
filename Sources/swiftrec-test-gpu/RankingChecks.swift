import Features
import RecommenderMetrics
import Retrieval
import Torch

/// Whole numbers, whose products are exact in every precision, so that both devices must agree to the last bit, ties included.
private func wholeNumbers(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
  try Tensor.randint(low: -2, high: 3, shape: shape, generator: Generator(seed: seed)).to(dtype: .float32)
}

private func sets(_ rows: Int, _ items: Int, each: Int) -> ItemSets {
  ItemSets((0..<rows).map { row in Set((0..<each).map { Int32((row * 31 + $0 * 17) % items) }).sorted() })
}

private func expectSame(_ bench: Bench, _ here: TopK, _ there: TopK) throws {
  try bench.expect(here.ids == there.ids, "the ids differ")
  try bench.expect(here.scores == there.scores, "the scores differ")
}

private func expectSame(_ bench: Bench, _ here: RankingReport, _ there: RankingReport) throws {
  try bench.expect(here.values.map(\.name) == there.values.map(\.name), "the metrics differ in name")
  for (a, b) in zip(here.values, there.values) {
    try bench.expect(abs(a.value - b.value) <= Bench.tolerance, "\(a.name): \(a.value) against \(b.value)")
  }
}

let rankingChecks: [Check] = [
  Check("top-k of dot products with biases, ties and excluded items") { bench in
    let (queries, items, bias) = (
      try wholeNumbers([200, 6], 1), try wholeNumbers([700, 6], 2), try wholeNumbers([700], 3)
    )
    let seen = sets(200, 700, each: 40)
    func run(_ device: Device) throws -> TopK {
      try topK(
        queries: queries.to(device: device), items: items.to(device: device), itemBias: bias.to(device: device), k: 25,
        excluding: seen, seed: 5)
    }
    try expectSame(bench, run(.cpu), run(bench.device))
  },
  Check("top-k of given scores, more places than candidates") { bench in
    let scores = try wholeNumbers([50, 20], 4)
    let seen = sets(50, 20, each: 12)
    func run(_ device: Device) throws -> TopK {
      try topK(scores: scores.to(device: device), k: 15, excluding: seen, seed: 1)
    }
    try expectSame(bench, run(.cpu), run(bench.device))
  },
  Check("top-k refuses a score that is no number") { bench in
    let scores = try wholeNumbers([3, 4], 5)
    try scores.select(dim: 0, index: 1).fill_(value: Float.nan)
    do {
      _ = try topK(scores: scores.to(device: bench.device), k: 2)
    } catch is TorchError {
      return
    }
    throw Mismatch(description: "no error was thrown")
  },
  Check("metrics of a full ranking, by vectors and by scores") { bench in
    let (users, items) = (try wholeNumbers([90, 5], 6), try wholeNumbers([300, 5], 7))
    let (seen, relevant) = (sets(90, 300, each: 20), ItemSets((0..<90).map { [Int32($0 * 3 % 300)] }))
    func run(_ device: Device, byScores: Bool) throws -> RankingReport {
      let ranking = try FullRanking(
        k: [1, 10, 20], itemCount: 300, popularity: (0..<300).map { 1 + $0 % 9 }, seed: 3, blockSize: 32)
      let (users, items) = (try users.to(device: device), try items.to(device: device))
      func queries(_ block: [Int]) throws -> Tensor {
        try users.indexSelect(dim: 0, index: Tensor(block).to(device: device))
      }
      guard byScores else {
        return try ranking.evaluate(
          users: Array(0..<90), seen: seen, relevant: relevant, items: items, queries: queries)
      }
      return try ranking.evaluate(users: Array(0..<90), seen: seen, relevant: relevant) {
        try queries($0).matmul(items.t())
      }
    }
    for byScores in [false, true] {
      try expectSame(bench, run(.cpu, byScores: byScores), run(bench.device, byScores: byScores))
    }
  },
  Check("metrics of candidate lists") { bench in
    let (users, items) = (try wholeNumbers([40, 5], 8), try wholeNumbers([100, 5], 9))
    let candidates = (0..<40 * 20).map { Int32($0 * 7 % 100) }
    func run(_ device: Device) throws -> RankingReport {
      let (users, items) = (try users.to(device: device), try items.to(device: device))
      return try CandidateRanking(k: [10], seed: 2).evaluate(users: Array(0..<40), candidates: candidates, width: 20) {
        let left = try users.indexSelect(dim: 0, index: Tensor($0).to(device: device))
        let right = try items.indexSelect(dim: 0, index: Tensor($1.map(Int64.init)).to(device: device))
        return try left.mul(right).sum(dim: [1])
      }
    }
    try expectSame(bench, run(.cpu), run(bench.device))
  },
  Check("AUC and log loss of scores") { bench in
    let logits = try Tensor.randn([500], generator: Generator(seed: 10))
    let labels = (0..<500).map { Float($0 % 4 == 0 ? 1 : 0) }
    func run(_ device: Device) throws -> [Double?] {
      let scores = try logits.to(device: device).mul(2).floats()
      var (auc, logLoss) = (AUC(), LogLoss())
      try auc.add(scores: scores, labels: labels)
      try logLoss.add(logits: scores, labels: labels)
      return [auc.value, logLoss.value]
    }
    for (here, there) in zip(try run(.cpu), try run(bench.device)) {
      let difference = try abs(bench.unwrap(here, "a value") - bench.unwrap(there, "a value"))
      try bench.expect(difference <= Bench.tolerance, "differs by \(difference)")
    }
  },
]
