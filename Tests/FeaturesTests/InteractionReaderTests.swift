import Features
import Testing

@Suite struct InteractionReaderTests {
  /// Reads text as a file.
  func read(_ text: String, _ layout: DelimitedLayout = .movieLens100K) throws -> InteractionReader.Result {
    let folder = try TemporaryFolder()
    return try InteractionReader.read(try folder.write("ratings", text), layout: layout)
  }

  @Test(arguments: [
    (DelimitedLayout.movieLens100K, "7\t30\t4\t100\n2\t7\t3.5\t200\n7\t7\t1\t300\n"),
    (.movieLens1M, "7::30::4::100\n2::7::3.5::200\n7::7::1::300\n"),
    (.movieLens25M, "userId,movieId,rating,timestamp\n7,30,4.0,100\n2,7,3.5,200\n7,7,1,300\n"),
    // Without the last line feed, with carriage returns, empty lines and a byte order mark.
    (.movieLens100K, "7\t30\t4\t100\n2\t7\t3.5\t200\n7\t7\t1\t300"),
    (.movieLens1M, "7::30::4::100\r\n\r\n2::7::3.5::200\r\n7::7::1::300\r\n\r\n"),
    (.movieLens25M, "\u{feff}userId,movieId,rating,timestamp\n7,\"30\",4.0,100\n\n2,7,3.5,200\n\"7\",7,1e0,300\n"),
    // Lines that need the careful way.
    (.movieLens100K, "7\t30\t+4\t100\n2\t7\t 3.5\t200.9\n7\t7\t1.000000000000000000000\t3e2\n"),
  ])
  func readsEachLayout(layout: DelimitedLayout, text: String) throws {
    let result = try read(text, layout)
    #expect(result.users.tokens == ["7", "2"])
    #expect(result.items.tokens == ["30", "7"])
    #expect(
      result.interactions
        == Interactions(users: [0, 1, 0], items: [0, 1, 1], ratings: [4, 3.5, 1], timestamps: [100, 200, 300]))
  }

  @Test func readsPairsWordsAndOtherOrders() throws {
    let layout = try DelimitedLayout(separator: ";", roles: [.ignored, .timestamp, .item, .user])
    let result = try read("9;-5;film a;anna\n8;6;007;anna\n7;7;7;bob\n", layout)
    #expect(result.users.tokens == ["anna", "bob"])
    #expect(result.items.tokens == ["film a", "007", "7"])
    #expect(result.interactions.timestamps == [-5, 6, 7])
    #expect(result.interactions.ratings.isEmpty)
    #expect(try read("1\t2\n", .pairs).interactions.count == 1)
  }

  @Test func gzipIsTheSame() throws {
    let folder = try TemporaryFolder()
    let text = (0..<30_000).map { "\($0 % 97)\t\($0 % 1013)\t\($0 % 5 + 1)\t\(1_000_000 + $0)\n" }.joined()
    let plain = try InteractionReader.read(try folder.write("u.data", text), layout: .movieLens100K, checksum: true)
    let packed = try InteractionReader.read(
      try folder.write("u.data.gz", Gzip.wrap(text)), layout: .movieLens100K, checksum: true)
    #expect(plain.interactions == packed.interactions)
    #expect(plain.checksum == packed.checksum)
    #expect(plain.interactions.count == 30_000)
    // Two members and padding are one file.
    let half = text.utf8.count / 2
    let bytes = Array(text.utf8)
    let twice = Gzip.wrap(Array(bytes[..<half])) + Gzip.wrap(Array(bytes[half...])) + [0, 0, 0, 0]
    let joined = try InteractionReader.read(try folder.write("two.gz", twice), layout: .movieLens100K)
    #expect(joined.interactions == plain.interactions)
  }

  @Test func everyTruncatedGzipIsRefused() throws {
    let folder = try TemporaryFolder()
    let bytes = Gzip.wrap("1\t2\t3\t4\n5\t6\t7\t8\n")
    for length in 0..<bytes.count {
      let path = try folder.write("cut.gz", Array(bytes[..<length]))
      let error = #expect(throws: DataError.self, "\(length) bytes") {
        try InteractionReader.read(path, layout: .movieLens100K)
      }
      #expect(error?.file == path)
    }
    for place in 0..<bytes.count where place != 3 && !(4...9).contains(place) {
      var changed = bytes
      changed[place] ^= 0xff
      let path = try folder.write("changed.gz", changed)
      #expect(throws: DataError.self, "byte \(place)") { try InteractionReader.read(path, layout: .movieLens100K) }
    }
  }

  struct BadLine: Sendable {
    var text: String
    var line: Int
    var code: DataError.Code
    var received: String
  }

  @Test(arguments: [
    BadLine(text: "1\t2\t3\t4\n1\t2\t3\n", line: 2, code: .wrongFieldCount, received: "1\\t2\\t3"),
    BadLine(text: "1\t2\t3\t4\t5\n", line: 1, code: .wrongFieldCount, received: "1\\t2\\t3\\t4\\t5"),
    BadLine(text: "1::2::3::4\n", line: 1, code: .wrongFieldCount, received: "1::2::3::4"),
    BadLine(text: "1\t2\t3\t4\n\n1\t2\tgood\t4\n", line: 3, code: .notANumber, received: "good"),
    BadLine(text: "1\t2\tnan\t4\n", line: 1, code: .notFinite, received: "nan"),
    BadLine(text: "1\t2\t-inf\t4\n", line: 1, code: .notFinite, received: "-inf"),
    BadLine(text: "1\t2\t1e999\t4\n", line: 1, code: .notFinite, received: "1e999"),
    BadLine(text: "1\t2\t1e39\t4\n", line: 1, code: .notFinite, received: "1e39"),
    BadLine(text: "1\t2\t0x1p3\t4\n", line: 1, code: .notANumber, received: "0x1p3"),
    BadLine(text: "1\t2\t\t4\n", line: 1, code: .notANumber, received: ""),
    BadLine(text: "1\t2\t3.\t4x\n", line: 1, code: .notANumber, received: "4x"),
    BadLine(text: "1\t2\t3\t1e30\n", line: 1, code: .outOfRange, received: "1e30"),
    BadLine(text: "1\t2\t3\t4\n\t2\t3\t4\n", line: 2, code: .malformedLine, received: "\\t2\\t3\\t4"),
  ])
  func badLinesNamePlaceValueAndRemedy(bad: BadLine) throws {
    let error = #expect(throws: DataError.self) { try read(bad.text) }
    #expect(error?.line == bad.line)
    #expect(error?.code == bad.code)
    #expect(error?.received == bad.received)
    #expect(error?.file?.hasSuffix("/ratings") == true)
    #expect(error?.remedy.isEmpty == false)
  }

  @Test func lineNumbersHoldBeyondTheFirstBlock() throws {
    let text =
      String(repeating: "1\t2\t3\t4\n", count: 200_000) + "1\t2\tx\t4\n" + String(repeating: "1\t2\t3\t4\n", count: 9)
    let error = #expect(throws: DataError.self) { try read(text) }
    #expect(error?.line == 200_001)
  }

  @Test func missingEmptyAndFolder() throws {
    let folder = try TemporaryFolder()
    var error = #expect(throws: DataError.self) {
      try InteractionReader.read(folder.path + "/none", layout: .pairs)
    }
    #expect(error?.code == .missingFile)
    error = #expect(throws: DataError.self) { try InteractionReader.read(folder.path, layout: .pairs) }
    #expect(error?.code == .unreadableFile)
    for text in ["", "\n\n", "userId,movieId,rating,timestamp\n"] {
      error = #expect(throws: DataError.self) { try read(text, .movieLens25M) }
      #expect(error?.code == .empty)
    }
  }

  @Test func fixedVocabulariesRefuseOthers() throws {
    let folder = try TemporaryFolder()
    let users = try Vocabulary(["1", "anna"])
    let items = try Vocabulary(["5", "6"])
    let good = try folder.write("good", "anna\t6\n1\t5\n")
    let read = try InteractionReader.read(good, layout: .pairs, users: users, items: items)
    #expect(read.interactions == Interactions(users: [1, 0], items: [1, 0]))
    #expect(read.users == users)
    for (text, line, value) in [("anna\t6\n1\t7\n", 2, "7"), ("bob\t5\n", 1, "bob"), ("99999999\t5\n", 1, "99999999")] {
      let path = try folder.write("bad", text)
      let error = #expect(throws: DataError.self) {
        try InteractionReader.read(path, layout: .pairs, users: users, items: items)
      }
      #expect(error?.code == .unknownIdentifier)
      #expect(error?.line == line)
      #expect(error?.received == value)
    }
  }

  @Test func veryLongLinesAndIdentifiers() throws {
    let long = String(repeating: "k", count: 700_000)
    let result = try read("\(long)\t18446744073709551616\n\(long)\t999999999999999999\n", .pairs)
    #expect(result.users.tokens == [long])
    #expect(result.items.tokens == ["18446744073709551616", "999999999999999999"])
  }

  @Test func impossibleLayoutsAreRefused() {
    for (separator, roles) in [
      ("", [ColumnRole.user, .item]), (":::", [.user, .item]), ("1", [.user, .item]), ("\n", [.user, .item]),
      (",", [.user]), (",", [.user, .user, .item]), (",", [.user, .item, .rating, .rating]), (",", []),
    ] {
      #expect(throws: DataError.self) { try DelimitedLayout(separator: separator, roles: roles) }
    }
  }

  @Test func randomBytesNeverTrap() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 3, 1)
    let alphabet = Array("0123456789\t\t::,,\"\r\n\n.eE-+ax \u{00}".utf8) + [0xff, 0x80]
    let layouts: [DelimitedLayout] = [.movieLens100K, .movieLens1M, .movieLens25M, .pairs]
    for round in 0..<400 {
      var bytes = (0..<random.next(below: 300)).map { _ in
        round % 4 == 0 ? UInt8(truncatingIfNeeded: random.next()) : alphabet[random.next(below: alphabet.count)]
      }
      if round % 5 == 0 { bytes = [0x1f, 0x8b, 8, 0] + bytes }
      let path = try folder.write("fuzz", bytes)
      for layout in layouts {
        do {
          let read = try InteractionReader.read(path, layout: layout)
          #expect(read.interactions.users.allSatisfy { Int($0) < read.users.count })
          #expect(read.interactions.ratings.allSatisfy { $0.isFinite })
        } catch is DataError {
          // Refused is as good as read.
        }
      }
    }
  }

  @Test func generatedTextIsWhole() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/ratings.dat"
    let size = try MovieLensText.write(to: path, rows: 50_000, users: 300, items: 500)
    #expect(size > 50_000 * 20)
    let read = try InteractionReader.read(path, layout: .movieLens1M)
    #expect(read.interactions.count == 50_000)
    #expect(read.users.count == 300)
    #expect(read.interactions.ratings.allSatisfy { (1...5).contains($0) })
  }
}
