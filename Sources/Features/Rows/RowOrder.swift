/// The blocks of an epoch in the order in which they are read.
struct RowOrder {
  struct Block: Sendable, Equatable {
    var file: Int
    var number: Int
  }

  private enum Unit {
    /// Blocks that are read one after the other.
    case run(file: Int, blocks: Range<Int>)
    /// A file that can only be read from its start, whose end shows itself.
    case file(Int)
  }

  private var units: [Unit]
  private var place = 0
  /// How many blocks of the current unit were given.
  private var number = 0

  /// - Parameter runs: of each file, see ``RowReader``.
  init(runs: [[Range<Int>]?], shuffle: RandomStream?) {
    var units: [Unit] = []
    for (file, runs) in runs.enumerated() {
      guard let runs else {
        units.append(.file(file))
        continue
      }
      for blocks in runs { units.append(.run(file: file, blocks: blocks)) }
    }
    if var shuffle {
      for place in stride(from: units.count - 1, to: 0, by: -1) {
        units.swapAt(place, shuffle.next(below: place + 1))
      }
    }
    self.units = units
  }

  /// The next block.
  mutating func next() -> Block? {
    while place < units.count {
      switch units[place] {
      case .run(let file, let blocks):
        let offset = number
        number += 1
        if number >= blocks.count {
          place += 1
          number = 0
        }
        if !blocks.isEmpty { return Block(file: file, number: blocks.lowerBound + offset) }
      case .file(let file):
        number += 1
        return Block(file: file, number: number - 1)
      }
    }
    return nil
  }

  /// The file of which blocks were given has no more.
  mutating func end(ofFile ended: Int) {
    guard place < units.count, case .file(let file) = units[place], file == ended else { return }
    place += 1
    number = 0
  }
}
