/// The blocks of an epoch in the order in which they are read.
struct RowOrder {
  struct Block: Sendable, Equatable {
    var file: Int
    var number: Int
    /// Whether it is this rank's.
    var isOwn: Bool
  }

  private enum Unit {
    /// Blocks that are read one after the other; `index` counts blocks over all files.
    case run(file: Int, blocks: Range<Int>, index: Int)
    /// A file that can only be read from its start, whose end shows itself.
    case file(Int, index: Int)
  }

  private var units: [Unit]
  private var place = 0
  /// How many blocks of the current unit were given.
  private var number = 0
  private let shard: RowShard

  /// - Parameter runs: of each file, see ``RowReader``.
  init(runs: [[Range<Int>]?], shard: RowShard, shuffle: RandomStream?) {
    self.shard = shard
    var units: [Unit] = []
    var index = 0
    for (file, runs) in runs.enumerated() {
      guard let runs else {
        units.append(.file(file, index: index))
        index += 1
        continue
      }
      for blocks in runs {
        units.append(.run(file: file, blocks: blocks, index: index))
        index += blocks.count
      }
    }
    if var shuffle {
      for place in stride(from: units.count - 1, to: 0, by: -1) {
        units.swapAt(place, shuffle.next(below: place + 1))
      }
    }
    self.units = units
  }

  /// The next block; other ranks' blocks come only from files that have to be read through.
  mutating func next() -> Block? {
    while place < units.count {
      switch units[place] {
      case .run(let file, let blocks, let index):
        let offset = number
        number += 1
        if number >= blocks.count {
          place += 1
          number = 0
        }
        if !blocks.isEmpty, (index + offset) % shard.world == shard.rank {
          return Block(file: file, number: blocks.lowerBound + offset, isOwn: true)
        }
      case .file(let file, let index):
        number += 1
        return Block(file: file, number: number - 1, isOwn: (index + number - 1) % shard.world == shard.rank)
      }
    }
    return nil
  }

  /// The file of which blocks were given has no more.
  mutating func end(ofFile ended: Int) {
    guard place < units.count, case .file(let file, _) = units[place], file == ended else { return }
    place += 1
    number = 0
  }
}
