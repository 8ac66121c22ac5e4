import Features
import Foundation
import Testing

@Suite struct DatasetsTests {
  @Test func namesAreListed() {
    #expect(
      Datasets.names == [
        "ml-100k", "ml-1m", "ml-25m", "ncf-ml-1m", "open-bandit", "synthetic:implicit", "csv", "recbole",
      ])
    #expect(Datasets.list(DatasetLocations(searchFolders: [], cache: "/none")).map(\.name) == Datasets.names)
  }

  @Test func locationsComeFromTheEnvironment() {
    let one = DatasetLocations(environment: ["SWIFTREC_DATA": "/a::/b", "XDG_CACHE_HOME": "/c", "HOME": "/h"])
    #expect(one.searchFolders == ["/a", "/b"])
    #expect(one.cache == "/c/swiftrec/data")
    let two = DatasetLocations(environment: ["HOME": "/h"])
    #expect(two.searchFolders.isEmpty)
    #expect(two.cache == "/h/.cache/swiftrec/data")
    #expect(one.candidates("x") == ["/a/x", "/b/x", "/c/swiftrec/data/x"])
  }

  @Test func searchFoldersComeBeforeTheCache() throws {
    let folder = try TemporaryFolder()
    let locations = DatasetLocations(
      searchFolders: [folder.path + "/one", folder.path + "/two"], cache: folder.path + "/cache")
    try folder.write("cache/ml-1m/ratings.dat", "1::2::3::4\n")
    #expect(try Datasets.load("ml-1m", locations: locations).interactions.count == 1)
    try folder.write("two/ml-1m/ratings.dat.gz", Gzip.wrap("1::2::3::4\n1::3::3::5\n"))
    #expect(try Datasets.load("ml-1m", locations: locations).interactions.count == 2)
    #expect(Datasets.list(locations).first { $0.name == "ml-1m" }?.folder == folder.path + "/two/ml-1m")
    // An own folder instead of searching.
    try folder.write("own/ratings.dat", "1::2::3::4\n1::3::3::5\n1::4::3::5\n")
    let options = DatasetOptions(path: folder.path + "/own")
    #expect(try Datasets.load("ml-1m", options: options, locations: locations).interactions.count == 3)
    #expect(throws: DataError.self) {
      try Datasets.load("ml-1m", options: DatasetOptions(path: folder.path + "/none"), locations: locations)
    }
  }

  @Test(arguments: ["ml-100k", "ml-1m", "ml-25m", "ncf-ml-1m"])
  func missingDatasetsSayWhereToPutThem(name: String) {
    let locations = DatasetLocations(searchFolders: ["/nowhere"], cache: "/no-cache")
    let error = #expect(throws: DataError.self) { try Datasets.load(name, locations: locations) }
    #expect(error?.code == .missingFile)
    #expect(error?.description.contains("/nowhere/\(name)") == true)
    if name != "ml-100k" {
      let fetch = #expect(throws: DataError.self) { try Datasets.fetch(name, locations: locations) }
      #expect(fetch?.remedy.contains("/nowhere/\(name)/") == true)
    }
  }

  @Test func unknownNamesAndMissingPaths() {
    for name in ["ml-10k", "", "../x"] {
      let error = #expect(throws: DataError.self) { try Datasets.load(name) }
      #expect(error?.code == .unknownDataset)
      #expect(throws: DataError.self) { try Datasets.fetch(name) }
    }
    for name in ["csv", "recbole"] { #expect(throws: DataError.self) { try Datasets.load(name) } }
    for name in ["csv", "recbole", "synthetic:implicit"] {
      #expect(throws: DataError.self) { try Datasets.fetch(name) }
    }
  }

  @Test func changedMovieLens100KIsRefused() throws {
    let folder = try TemporaryFolder()
    let locations = DatasetLocations(searchFolders: [], cache: folder.path)
    try folder.write(
      "ml-100k/ml-100k.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3\t4\n")
    var error = #expect(throws: DataError.self) { try Datasets.load("ml-100k", locations: locations) }
    #expect(error?.code == .missingFile)
    #expect(error?.file == folder.path + "/ml-100k/ml-100k.item")
    try folder.write("ml-100k/ml-100k.item", "item_id:token\tmovie_title:token_seq\n2\tFilm\n")
    try folder.write("ml-100k/ml-100k.user", "user_id:token\tage:token\n1\t20\n")
    error = #expect(throws: DataError.self) { try Datasets.load("ml-100k", locations: locations) }
    #expect(error?.code == .wrongChecksum)
    #expect(error?.file == folder.path + "/ml-100k/ml-100k.inter")
    // A fault of a line is told as such.
    try folder.write(
      "ml-100k/ml-100k.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\tnan\t4\n")
    error = #expect(throws: DataError.self) { try Datasets.load("ml-100k", locations: locations) }
    #expect(error?.code == .notFinite)
    #expect(error?.line == 2)
  }

  @Test func fieldsCanBeChosen() throws {
    let folder = try TemporaryFolder()
    try folder.write("ratings.dat", "1::2::3::4\n")
    try folder.write("users.dat", "1::F::1::10::48067\n")
    var options = DatasetOptions(path: folder.path, userFields: ["occupation", "gender"])
    #expect(try Datasets.load("ml-1m", options: options).userFields.map(\.name) == ["occupation", "gender"])
    options.userFields = ["height"]
    let error = #expect(throws: DataError.self) { try Datasets.load("ml-1m", options: options) }
    #expect(error?.received == "height")
  }

  /// A Python that is a shell script.
  func python(_ folder: TemporaryFolder, _ script: String) throws -> [String: String] {
    let path = try folder.write("bin/python", "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return ["SWIFTREC_PYTHON": path, "PATH": "/usr/bin:/bin"]
  }

  @Test(arguments: [
    ("echo no network >&2; exit 1", DataError.Code.fetchFailed, "no network"),
    ("exit 0", .missingFile, ""),
    (
      "while [ \"$1\" != --dest ]; do shift; done; echo junk > \"$2/recbole-1.2.1-py3-none-any.whl\"", .wrongChecksum,
      ""
    ),
  ])
  func failedFetchesLeaveNothing(script: String, code: DataError.Code, text: String) throws {
    let folder = try TemporaryFolder()
    let environment = try python(folder, script)
    let before = folder.contents
    let locations = DatasetLocations(searchFolders: [], cache: folder.path + "/cache")
    let error = #expect(throws: DataError.self) {
      try Datasets.fetch("ml-100k", locations: locations, environment: environment)
    }
    #expect(error?.code == code)
    #expect(error?.description.contains(text) == true || text.isEmpty)
    #expect(folder.contents.filter { $0 != "cache" } == before)
  }

  @Test func fetchWithoutPythonSaysSo() throws {
    let folder = try TemporaryFolder()
    let locations = DatasetLocations(searchFolders: [], cache: folder.path + "/cache")
    let error = #expect(throws: DataError.self) {
      try Datasets.fetch(
        "ml-100k", locations: locations, environment: ["SWIFTREC_PYTHON": "/no/python", "PATH": "/usr/bin:/bin"])
    }
    #expect(error?.code == .fetchFailed)
    #expect(folder.contents == ["cache"])
  }

  @Test func describesAndSurvivesJSON() throws {
    let folder = try TemporaryFolder()
    try folder.write("ratings.dat", "1::20::3::86400\n2::20::5::172800\n1::10::4::0\n")
    try folder.write("movies.dat", "20::Film::Drama|War\n")
    let told = try Datasets.describe("ml-1m", options: DatasetOptions(path: folder.path))
    #expect(told.users == 2 && told.items == 2 && told.interactions == 3)
    #expect(told.density == 0.75)
    #expect(told.perUser == [1, 2, 2])
    #expect(told.firstTime == "1970-01-01T00:00:00Z")
    #expect(told.days == 2)
    #expect(told.columns.map(\.name) == ["user", "item", "rating", "timestamp", "item.genre"])
    let rating = told.columns[2]
    #expect(rating.minimum == 3 && rating.maximum == 5 && rating.mean == 4 && rating.distinct == 3)
    #expect(told.columns[4].missing == 1)
    #expect(told.columns[1].frequent == [.init(value: "20", count: 2), .init(value: "10", count: 1)])
    #expect(
      told.sha256["ratings.dat"] == Checksum.sha256(Array("1::20::3::86400\n2::20::5::172800\n1::10::4::0\n".utf8)))
    #expect(told.description.contains("1970-01-03T00:00:00Z"))
    let copy = try JSONDecoder().decode(DatasetDescription.self, from: try JSONEncoder().encode(told))
    #expect(copy == told)
  }

  @Test func checksumsAreOfTheContent() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.write("a", "abc")
    let packed = try folder.write("b.gz", Gzip.wrap("abc"))
    // FIPS 180-2, appendix B.1.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try Checksum.sha256(ofFile: plain) == known)
    #expect(try Checksum.sha256(ofFile: packed, content: true) == known)
    #expect(try Checksum.sha256(ofFile: packed) != known)
  }

  @Test func errorsAreOneLine() {
    let error = DataError(
      .malformedLine, file: "f", line: 3, "bad", received: "a\nb\t\"\u{1}" + String(repeating: "x", count: 500),
      remedy: "mend it")
    #expect(error.description.hasPrefix("f:3: bad, received \"a\\nb\\t\\\"\\u{1}xxx"))
    #expect(error.description.hasSuffix("...\"; mend it"))
    #expect(!error.description.contains("\n"))
    #expect(DataError.exitCode == 3)
  }
}
