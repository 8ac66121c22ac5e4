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
  /// MovieLens-100K comes out of RecBole's wheel, the Open Bandit logs out of obp's, by pip. The wheel's and each file's
  /// SHA-256 are checked, and the folder appears in the cache whole or not at all.
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
    guard let package = source.package else { throw missing(source, locations) }
    let target = "\(locations.cache)/\(name)"
    if isWhole(target, package) {
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
    let made = try download(package, into: work, environment: environment, log: log)
    try place(made, at: target, package)
    let seconds = Date().timeIntervalSince(began)
    log("\(name): in \(target), checksums right")
    return FetchOutcome(folder: target, wasPresent: false, seconds: seconds)
  }

  /// Downloads and unpacks a wheel.
  ///
  /// - Returns: a folder inside `work` with the checked files alone.
  private static func download(
    _ package: DatasetPackage, into work: String, environment: [String: String], log: (String) -> Void
  ) throws -> String {
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
    log("unpacking \(package.members.count) files")
    let folder = "\(work)/dataset"
    try PythonTool.run(
      ["-c", unpacking, wheel, folder] + package.members.flatMap { [$0.path, $0.file] }, logFile: "\(work)/unzip.log",
      seconds: 120, environment: environment)
    for member in package.members {
      let sum = try Checksum.sha256(ofFile: "\(folder)/\(member.file)")
      guard sum == member.checksum else {
        throw DataError(
          .wrongChecksum, file: "\(folder)/\(member.file)", "the SHA-256 should be \(member.checksum)", received: sum,
          remedy: "fetch again; if it stays so, the package has changed")
      }
    }
    return folder
  }

  /// Arguments: wheel, folder, then a path in the wheel and a file below the folder by turns.
  private static let unpacking = """
    import pathlib, sys, zipfile
    wheel = zipfile.ZipFile(sys.argv[1])
    for member, file in zip(sys.argv[3::2], sys.argv[4::2]):
        target = pathlib.Path(sys.argv[2], file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(wheel.read(member))
    """

  /// Moves a whole folder to its place, in one step for any reader.
  private static func place(_ folder: String, at target: String, _ package: DatasetPackage) throws {
    for _ in 0..<3 {
      if rename(folder, target) == 0 { return }
      let reason = errno
      guard reason == EEXIST || reason == ENOTEMPTY || reason == ENOTDIR else {
        throw DataError(
          .unreadableFile, file: target, "can't be put in place: \(String(cString: strerror(reason)))",
          remedy: "check permissions and the disk")
      }
      // Somebody fetched it meanwhile, or what stands there is damaged.
      if isWhole(target, package) { return }
      let aside = "\(folder).old-\(UInt32.random(in: 0 ... .max))"
      _ = rename(target, aside)
    }
    throw DataError(
      .unreadableFile, file: target, "can't be put in place, something keeps coming back there",
      remedy: "remove it and fetch again")
  }

  /// Whether the cached folder has every file with its checksum.
  private static func isWhole(_ folder: String, _ package: DatasetPackage) -> Bool {
    package.members.allSatisfy { (try? Checksum.sha256(ofFile: "\(folder)/\($0.file)")) == $0.checksum }
  }

  private static func reason(_ error: any Error) -> String { (error as NSError).localizedDescription }
}
