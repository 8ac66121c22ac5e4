import Features
import Foundation
import TestSupport
import Testing

/// Data that is fetched from an object store: a folder stands for it, and a real one where a test names it.
@Suite(
  .enabled(
    if: ColumnarLibrary.isAvailable, "skipped: the Arrow bridge was not built (make build where pip finds pyarrow)"))
struct ObjectFilesTests {
  /// Host and port of an S3 server.
  static let server = ProcessInfo.processInfo.environment["SWIFTREC_TEST_S3"]

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func fetchedOnceAndAgainWhenItChanges() throws {
    let scratch = try Scratch()
    let (folder, cache) = (scratch.file("store"), scratch.file("cache"))
    try FileManager.default.createDirectory(atPath: "\(folder)/day", withIntermediateDirectories: true)
    try write("1\ta\n", "\(folder)/day/a.tsv")
    try write("0\tb\n", "\(folder)/day/b.tsv")
    let address = "file://\(folder)/day"
    let files = try ObjectFiles.fetch(address, cache: cache)
    #expect(files.map { $0.split(separator: "/").last } == ["a.tsv", "b.tsv"])
    #expect(try String(contentsOfFile: files[0], encoding: .utf8) == "1\ta\n")

    // As large and as old as there: nobody looks into it again.
    let times = try FileManager.default.attributesOfItem(atPath: files[1])
    try write("0\tX\n", files[1])
    try FileManager.default.setAttributes([.modificationDate: times[.modificationDate] as Any], ofItemAtPath: files[1])
    try write("0\tbb\n", "\(folder)/day/b.tsv")
    #expect(try ObjectFiles.fetch(address, cache: cache) == files)
    #expect(try String(contentsOfFile: files[1], encoding: .utf8) == "0\tbb\n")
  }

  @Test func aFetchThatWasCutOffGoesOn() throws {
    let scratch = try Scratch()
    let (folder, cache) = (scratch.file("store"), scratch.file("cache"))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = String(repeating: "0123456789", count: 100_000)
    try write(text, "\(folder)/a.tsv")
    let address = "file://\(folder)"
    let path = try #require(try ObjectFiles.fetch(address, cache: cache).first)
    let entry = try #require(try ObjectStore(address).entries().first)
    try FileManager.default.removeItem(atPath: path)
    // Other bytes than there, so that it shows which were kept; and what is left of an older object, which is not.
    let partial = "\(path).partial-\(entry.size)-\(entry.changed)"
    try write(String(repeating: "x", count: 300_000), partial)
    try write("old", "\(path).partial-7-7")
    #expect(try ObjectFiles.fetch(address, cache: cache) == [path])
    let found = try String(contentsOfFile: path, encoding: .utf8)
    #expect(found == String(repeating: "x", count: 300_000) + text.dropFirst(300_000))
    #expect(!FileManager.default.fileExists(atPath: "\(path).partial-7-7"))
  }

  @Test func aFolderHereIsAsThere() throws {
    let scratch = try Scratch()
    let (folder, cache) = (scratch.file("store"), scratch.file("cache"))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["films.inter", "films.item", "songs.inter"] { try write(name, "\(folder)/\(name)") }
    let copy = try ObjectFiles.localCopy(of: "file://\(folder)", cache: cache)
    #expect(try String(contentsOfFile: "\(copy)/films.item", encoding: .utf8) == "films.item")
    unlink("\(folder)/songs.inter")
    #expect(try ObjectFiles.localCopy(of: "file://\(folder)", cache: cache) == copy)
    let left = try FileManager.default.contentsOfDirectory(atPath: copy).filter { !$0.hasSuffix(".lock") }
    #expect(Set(left) == ["films.inter", "films.item"])
  }

  @Test func whatIsNotThereIsSaid() throws {
    let scratch = try Scratch()
    let fault = #expect(throws: DataError.self) {
      try ObjectFiles.fetch("file://\(scratch.file("none"))", cache: scratch.file("cache"))
    }
    #expect(fault?.code == .missingFile)
  }

  @Test(.enabled(if: server != nil, "skipped: no S3 server here; `make test-object-store` installs one and starts it"))
  func rowsInS3() throws {
    let scratch = try Scratch()
    let query = "endpoint_override=\(Self.server ?? "")&scheme=http&region=us-east-1"
    let bucket = "s3://rows-\(UUID().uuidString.lowercased())/logs"
    let store = try ObjectStore("\(bucket)?\(query)&allow_bucket_creation=true")
    // More than one part of a multipart upload.
    let text = String(repeating: "1\t2\t3\n", count: 3_000_000)
    try write(text, scratch.file("a.tsv"))
    try store.put(scratch.file("a.tsv"), as: "day/a.tsv")
    try store.put(scratch.file("a.tsv"), as: "day/b.tsv")
    let cache = scratch.file("cache")
    #expect(try ObjectFiles.fetch("\(bucket)/day?\(query)", cache: cache).count == 2)
    let one = try ObjectFiles.fetch("\(bucket)/day/b.tsv?\(query)", cache: cache)
    #expect(one.count == 1 && one[0].hasSuffix("/b.tsv"))
    #expect(try Checksum.sha256(ofFile: one[0]) == Checksum.sha256(Data(text.utf8)))
  }

  @Test(
    "Rows that were listed once stay those files",
    .enabled(if: server != nil, "skipped: it belongs to `make test-object-store`"))
  func listedOnce() throws {
    let scratch = try Scratch()
    let store = try bucket()
    try write("a,b\n1,2\n", scratch.file("a.csv"))
    try store.put(scratch.file("a.csv"), as: "a.csv")
    setenv("XDG_CACHE_HOME", scratch.file("cache"), 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    let address = "\(store.name)?endpoint_override=\(Self.server ?? "")&scheme=http&region=us-east-1"
    let rows = RowFiles([address], format: .csv)
    let copy = rows
    #expect(try rows.expanded().count == 1)
    try store.put(scratch.file("a.csv"), as: "b.csv")
    #expect(try copy.expanded().count == 1)
    #expect(try RowFiles([address], format: .csv).expanded().count == 2)
    #expect(rows == RowFiles([address], format: .csv))
  }

  @Test(
    "Interactions in S3 are those on disk",
    .enabled(if: server != nil, "skipped: it belongs to `make test-object-store`"))
  func interactionsInS3() throws {
    let scratch = try Scratch()
    let store = try bucket()
    try write("user,item,rating\nann,1,5\nbob,2,3\nann,2,4\n", scratch.file("ratings.csv"))
    try write("user_id:token\titem_id:token\nann\t1\nbob\t2\n", scratch.file("films.inter"))
    try write("item_id:token\tfilm_title:token_seq\n1\tAlien\n2\tBrazil\n", scratch.file("films.item"))
    for name in ["ratings.csv", "films.inter", "films.item"] { try store.put(scratch.file(name), as: "set/\(name)") }
    setenv("XDG_CACHE_HOME", scratch.file("cache"), 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    let query = "endpoint_override=\(Self.server ?? "")&scheme=http&region=us-east-1"
    for (name, path) in [("csv", "ratings.csv"), ("recbole", "films.inter")] {
      let there = try Datasets.load(name, options: DatasetOptions(path: "\(store.name)/set/\(path)?\(query)"))
      let here = try Datasets.load(name, options: DatasetOptions(path: scratch.file(path)))
      #expect(DatasetDescription(there) == DatasetDescription(here))
      #expect(there.itemTitles == here.itemTitles)
    }
    let folder = try Datasets.load("recbole", options: DatasetOptions(path: "\(store.name)/set?\(query)"))
    #expect(folder.interactions.count == 2 && folder.itemTitles?.contains("Brazil") == true)
    let error = #expect(throws: DataError.self) {
      try Datasets.load("csv", options: DatasetOptions(path: "\(store.name)/set/none.csv?\(query)"))
    }
    #expect(error?.code == .missingFile && error?.file?.hasSuffix("set/none.csv") == true)
  }

  /// A place of its own in the S3 server.
  private func bucket() throws -> ObjectStore {
    try ObjectStore(
      "s3://put-\(UUID().uuidString.lowercased())/a?endpoint_override=\(Self.server ?? "")&scheme=http"
        + "&region=us-east-1&allow_bucket_creation=true")
  }

  @Test(
    "Of many puts over the same state one comes through, and the others are told whose",
    .enabled(if: server != nil, "skipped: it belongs to `make test-object-store`"))
  func conditionalPuts() async throws {
    let scratch = try Scratch()
    let store = try bucket()
    for place in 0..<8 { try write("writer \(place)", scratch.file("\(place)")) }
    var seen = try store.state(of: "nä me.json")
    #expect(seen == nil)
    for round in 0..<3 {
      let before = seen
      let outcomes = await withTaskGroup(of: (Int, Result<ObjectState, any Error>).self) { group in
        for place in 0..<8 {
          let path = scratch.file("\(place)")
          group.addTask {
            (
              place,
              Result {
                try store.put(
                  path, as: "nä me.json", over: before, change: "\(round)-\(place)",
                  writer: "writer-\(place)")
              }
            )
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let winners = outcomes.filter { (try? $0.1.get()) != nil }
      try #require(winners.count == 1, "\(outcomes)")
      seen = try store.state(of: "nä me.json")
      #expect(try seen?.tag == winners[0].1.get().tag && seen?.change == "\(round)-\(winners[0].0)")
      for outcome in outcomes where outcome.0 != winners[0].0 {
        let error = #expect(throws: DataError.self) { try outcome.1.get() }
        #expect(error?.code == .changedThere && error?.problem.contains("writer-\(winners[0].0)") == true)
      }
      try store.get("nä me.json", to: scratch.file("got-\(round)"))
      #expect(try String(contentsOfFile: scratch.file("got-\(round)"), encoding: .utf8) == "writer \(winners[0].0)")
    }
    // The same put once more, as after an answer that was lost.
    let winner = try #require(seen?.change?.split(separator: "-").last)
    let again = try store.put(
      scratch.file("\(winner)"), as: "nä me.json", over: nil, change: #require(seen?.change), writer: "writer-\(winner)"
    )
    #expect(again.tag == seen?.tag)
    try store.delete("nä me.json")
    #expect(throws: DataError.self) { try store.put(scratch.file("0"), as: "nä me.json", over: seen, change: "x") }
  }

  @Test(.enabled(if: server != nil, "skipped: it belongs to `make test-object-store`"))
  func aWrongKeyIsSaid() throws {
    let key = try #require(ProcessInfo.processInfo.environment["AWS_SECRET_ACCESS_KEY"])
    let name = try bucket().name
    setenv("AWS_SECRET_ACCESS_KEY", "wrong", 1)
    defer { setenv("AWS_SECRET_ACCESS_KEY", key, 1) }
    let store = try ObjectStore("\(name)?endpoint_override=\(Self.server ?? "")&scheme=http&region=us-east-1")
    let error = #expect(throws: DataError.self) { try store.state(of: "a") }
    #expect(error?.code == .unavailable && error?.problem.contains("403") == true)
    #expect(error?.remedy.contains("AWS_SECRET_ACCESS_KEY") == true)
  }

  // Four tries take a quarter of a minute.
  @Test(.enabled(if: server != nil, "skipped: it belongs to `make test-object-store`"))
  func aServerThatNeverAnswersIsGivenUp() throws {
    // It takes the connection, and no more.
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    try #require(isBound)
    for (name, value) in [
      ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
      setenv(name, value, 0)
    }
    let scratch = try Scratch()
    let address =
      "s3://bucket/a?endpoint_override=127.0.0.1:\(UInt16(bigEndian: place.sin_port))&scheme=http&region=us-east-1"
    let fault = #expect(throws: DataError.self) { try ObjectFiles.fetch(address, cache: scratch.file("cache")) }
    #expect(fault?.code == .unavailable && fault?.file?.hasPrefix("s3://bucket/a") == true)
  }
}
