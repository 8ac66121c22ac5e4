import Models
import Sparse

/// The `embeddings:` section of a ranker: how its tables are stored and trained.
///
/// ```yaml
/// embeddings: {optimizer: {name: row-wise-adagrad, lr: 0.02}, data_type: fp32, placement: device}
/// ```
extension RankerTables {
  init(_ reader: ConfigurationReader) {
    func word<Word: RawRepresentable<String>>(_ key: String, _ fallback: Word, of words: [Word]) -> Word {
      Word(rawValue: reader.choice(key, default: fallback.rawValue, of: words.map(\.rawValue))) ?? fallback
    }
    self.init(
      optimizer: EmbeddingOptimizer(
        reader.namedSection("optimizer"), default: EmbeddingOptimizer(named: "row-wise-adagrad")),
      dataType: word("data_type", .fp32, of: [.fp32, .fp16, .bf16]),
      placement: word("placement", .device, of: EmbeddingPlacement.allCases))
    reader.finish()
  }

  var node: ConfigurationNode {
    .map([
      ("optimizer", optimizer?.node), ("data_type", .text(dataType.rawValue)), ("placement", .text(placement.rawValue)),
    ])
  }
}

extension EmbeddingOptimizer {
  var node: ConfigurationNode {
    var entries: [(String, ConfigurationNode?)] = [("name", .text(rule.name)), ("lr", .number(learningRate))]
    switch rule {
    case .sgd: break
    case .adagrad(let epsilon), .rowWiseAdagrad(let epsilon): entries.append(("eps", .number(epsilon)))
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon),
      .rowWiseAdam(let beta1, let beta2, let epsilon):
      entries += [("betas", .list([.number(beta1), .number(beta2)])), ("eps", .number(epsilon))]
    }
    entries += [
      ("weight_decay", .number(weightDecay)), ("max_gradient", maxGradient.map(ConfigurationNode.number)),
      ("stochastic_rounding", .boolean(stochasticRounding)),
    ]
    return .map(entries)
  }
}
