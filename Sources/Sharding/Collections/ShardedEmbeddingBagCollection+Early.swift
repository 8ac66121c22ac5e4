import Sparse
import Torch
import TorchDistributed

extension ShardedEmbeddingBagCollection {
  /// A batch that is under way before its turn.
  struct Early {
    let features: KeyedJaggedTensor
    let exchange: InputExchange
    /// Where its rows were looked up already.
    var rows: PooledExchange?
  }

  /// Starts the exchange of a batch's ids; the lookup of these very features takes it up. Batches are looked up in the order in which
  /// they were started. `TrainPipeline` calls this and what follows.
  ///
  /// - Parameter number: of the batch, for a timeline.
  @discardableResult
  public func start(_ features: KeyedJaggedTensor, number: Int? = nil) throws -> InputExchange {
    let exchange = try exchange(features, number: number)
    early.append(Early(features: features, exchange: exchange))
    return exchange
  }

  /// Sends the ids of all batches that were started: waits for the numbers of the other ranks' ids.
  public func advanceStarted() throws {
    for batch in early { try batch.exchange.advance() }
  }

  /// Looks the first batches up that were started, and sends their rows as they are now: an update that comes before their turn
  /// is not in them.
  ///
  /// - Parameter count: how many of those whose turn is next.
  public func lookUpStarted(_ count: Int) throws {
    for place in early.indices.prefix(count) where early[place].rows == nil {
      early[place].rows = try lookUp(early[place].exchange)
    }
  }

  /// Has the rows of the next batch fetched into the processor's caches, if its ids have come: changes and sends nothing.
  public func prefetchStarted() throws {
    guard let next = early.first(where: { $0.rows == nil }), let local, next.exchange.hasArrived else { return }
    try tables.group.timeline.span(.prefetch, batch: next.exchange.number) {
      try local.prefetch(next.exchange.wait().local)
    }
  }

  /// Forgets rows that were looked up before their turn: it looks them up again.
  public func forgetLookedUp() {
    for place in early.indices { early[place].rows = nil }
  }

  /// Forgets the batches that left early and whose turn does not come: every rank does so at the same place.
  public func forgetStarted() { early = [] }
}
