import Foundation
import TestSupport
import Testing

/// Bad rows of a ranker, as a user meets them. Each is tested in the libraries too, where all of its forms are:
///
/// | bad input | in the libraries |
/// |---|---|
/// | a line short by a column | `RowFaultTests.aShortLine`, `aFaultyLineIsNamedOrLeftOut` |
/// | a non-number, a number that is too large | `RowFaultTests.aFaultyLineIsNamedOrLeftOut` |
/// | a huge field | `RowFaultTests.quotesAndLongFields`, `aLineOfMoreThan16MBIsRefused` |
/// | a file that ends in the middle of a gzip block | `RowFaultTests.everyTruncatedGzipIsRefused` |
/// | a Parquet file cut in half | `ParquetReaderTests.cutInHalf`, `damagedPage`, `ParquetRowTests.damageEndsTheReading` |
/// | Parquet of another schema | `ParquetRowTests.columnsOfAnotherSort`, `ParquetReaderTests.missingColumnAndUnsupportedType` |
/// | Parquet with nulls | `ParquetRowTests.dictionariesAndNumbersAsText`, `faultyRows` |
/// | a schema that names a missing column | `RowFaultTests.headersAndPathsThatDoNotFit` |
/// | labels outside their range | `RowFaultTests.aFaultyLineIsNamedOrLeftOut`, `ParquetRowTests`, `BinaryRowTests` |
/// | an empty file | `RowFaultTests.emptyFiles`, `ParquetReaderTests.filesThatAreNoParquet` |
/// | `on_error: skip`, counted and shown | `RankerCommandTests.rowsThatAreLeftOutAreCounted`, `PreprocessCommandTests.faultsLeaveNothing` |
///
/// Nothing half-written: every case here leaves its folder as it was.
extension BadInputTests {
  @Test(arguments: rankers)
  func ofARankerIsReportedAndLeavesNoTrace(input: BadInput) throws {
    try check(input, SmallRanker.copy())
  }

  private static let train = ["train", "ranker.yaml", "--out", "new"]
  private static let good = SmallRanker.header + SmallRanker.rows(0..<50)
  private static let predict = ["predict", "ranked", "rows.csv", "--out", "p.tsv"]
  private static let tune = ["tune", "ranker.yaml", "--space", "space.yaml", "--trials", "2", "--out", "t"]
  private static let space = "train.optimizer.lr: {uniform: [0.001, 0.1]}\n"

  private static func edited(_ old: String, _ new: String) -> [String: String] {
    ["ranker.yaml": SmallRanker.configuration.replacingOccurrences(of: old, with: new)]
  }

  static let rankers: [BadInput] = configurations + rows + (Program.readsParquet ? columns : []) + rankedRuns + searches

  static let parquet = "\(Program.root)/Tests/Reference/columnar/types.parquet"

  private static let configurations: [BadInput] = [
    BadInput(
      name: "a kind of column that is not there", files: edited("kind: categorical}", "kind: categorial}"),
      arguments: train, exitCode: 2, place: "ranker.yaml:7: schema.columns[3].kind", value: "categorial",
      remedy: "did you mean \"categorical\"?"),
    BadInput(
      name: "ids without a size", files: edited("{name: hash, size: 50}", "hash"), arguments: train, exitCode: 2,
      place: "ranker.yaml:8: schema.columns[4].ids.size", value: "nothing", remedy: "size: 100000"),
    BadInput(
      name: "no goal", files: edited("kind: label", "kind: ignored"), arguments: train, exitCode: 2,
      place: "ranker.yaml:3: schema.columns", value: "no column is a label", remedy: "kind label"),
    BadInput(
      name: "a goal that is no probability", files: edited("kind: label", "kind: label, maximum: 5"), arguments: train,
      exitCode: 2, place: "ranker.yaml:4: schema.columns[0]", value: "0.0...5.0", remedy: "make it 0 and 1"),
    BadInput(
      name: "a table without columns",
      files: ["ranker.yaml": "data: {name: table, train: train.csv}\nmodel: {name: lr}\n"],
      arguments: train, exitCode: 2, place: "ranker.yaml:1: schema", value: "nothing", remedy: "write `schema:"),
    BadInput(
      name: "a table without files", files: edited("train: train.csv, ", ""), arguments: train, exitCode: 2,
      place: "ranker.yaml:1: data.train", value: "nothing", remedy: "write `train: clicks.tsv`"),
    BadInput(
      name: "a schema file that is not there",
      files: ["ranker.yaml": "data: {name: table, train: train.csv}\nschema: columns.yaml\nmodel: {name: lr}\n"],
      arguments: train, exitCode: 2, place: "columns.yaml", value: "no file", remedy: "check the path"),
    BadInput(
      name: "a recommender's model on rows",
      files: edited("{name: dlrm, dimension: 4, bottom: [8, 4], top: [8]}", "{name: two-tower}"),
      arguments: train, exitCode: 2, place: "ranker.yaml:9: model.name", value: "two-tower",
      remedy: "choose one of them"),
    BadInput(
      name: "a weight of a goal that is not there", files: edited("epochs: 2,", "epochs: 2, goal_weights: {clik: 2},"),
      arguments: train, exitCode: 2, place: "train.goal_weights.clik", value: "clik",
      remedy: "did you mean \"click\"?"),
    BadInput(
      name: "two goals for a model of one",
      files: edited("{name: user, kind: group}", "{name: user, kind: label, source: click}"), arguments: train,
      exitCode: 2, place: "dlrm", value: "2", remedy: "mmoe"),
    BadInput(
      name: "tables that cannot fit", files: edited("size: 50", "size: 2_000_000_000"),
      arguments: train + ["--set", "model.dimension=4096", "--set", "model.bottom=[8, 4096]"], exitCode: 5,
      place: "\"item\"", value: "2,000,000,001 rows", remedy: "take fewer rows"),
  ]

  private static let rows: [BadInput] = [
    BadInput(
      name: "a line short by a column", files: ["train.csv": good + "1,u1,2.5,c1\n"], arguments: train, exitCode: 3,
      place: "train.csv:52", value: "1,u1,2.5,c1", remedy: ";"),
    BadInput(
      name: "a number that is none", files: ["train.csv": good + "1,u1,cheap,c1,i1\n"], arguments: train, exitCode: 3,
      place: "train.csv:52", value: "cheap", remedy: ";"),
    BadInput(
      name: "a label outside its range", files: ["train.csv": good + "7,u1,2.5,c1,i1\n"], arguments: train, exitCode: 3,
      place: "train.csv:52", value: "7", remedy: ";"),
    BadInput(
      name: "a column that the file lacks", files: edited("{name: city,", "{name: town,"), arguments: train,
      exitCode: 3,
      place: "train.csv:1", value: "town", remedy: ";"),
    BadInput(
      name: "an empty file", files: ["train.csv": ""], arguments: train, exitCode: 3, place: "train.csv",
      value: "empty", remedy: ";"),
    BadInput(
      name: "a field that is too large a number", files: ["train.csv": good + "1,u1,1e999,c1,i1\n"], arguments: train,
      exitCode: 3, place: "train.csv:52", value: "1e999", remedy: ";"),
    BadInput(
      name: "a field without an end",
      damage: { scratch in
        let text = BadInputTests.good + "1,u1,2.5," + String(repeating: "c", count: 20 << 20) + ",i1\n"
        try scratch.write("train.csv", text)
      }, arguments: train, exitCode: 3, place: "train.csv:52", value: "16777216 bytes", remedy: ";"),
    BadInput(
      name: "a gzip file that was cut off", files: edited("train: train.csv", "train: train.csv.gz"),
      damage: { scratch in
        let zipped = try Program.shell("gzip -k train.csv", in: scratch.path, environment: [:])
        #expect(zipped.status == 0)
        let bytes = try scratch.bytes("train.csv.gz")
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: scratch.file("train.csv.gz")))
      }, arguments: train, exitCode: 3, place: "train.csv.gz", value: "ends early", remedy: ";"),
    BadInput(
      name: "a Parquet file cut in half", files: edited("train: train.csv", "train: half.parquet, format: parquet"),
      damage: { scratch in
        let bytes = try Data(contentsOf: URL(fileURLWithPath: BadInputTests.parquet))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: scratch.file("half.parquet")))
      }, arguments: train, exitCode: 3, place: "half.parquet", value: "cut short", remedy: "copy or write"),
    BadInput(
      name: "files that are not there", files: edited("train.csv,", "nowhere.csv,"), arguments: train, exitCode: 3,
      place: "nowhere.csv", value: "no such file", remedy: "check the path"),
  ]

  /// A table of `types.parquet`, which has nulls.
  private static func columnar(_ columns: String) -> [String: String] {
    [
      "ranker.yaml": """
      data: {name: table, train: types.parquet, format: parquet}
      schema: {columns: [\(columns)]}
      model: {name: lr}
      """
    ]
  }

  private static func copyTypes(_ scratch: Scratch) throws {
    try FileManager.default.copyItem(atPath: parquet, toPath: scratch.file("types.parquet"))
  }

  private static let columns: [BadInput] = [
    BadInput(
      name: "a Parquet file without the column",
      files: columnar("{name: bool, kind: label, optional: true}, {name: price, kind: dense}"), damage: copyTypes,
      arguments: train, exitCode: 3, place: "types.parquet", value: "\"price\"", remedy: "choose among its columns"),
    BadInput(
      name: "a Parquet column of another type",
      files: columnar("{name: bool, kind: label, optional: true}, {name: ids, kind: dense}"), damage: copyTypes,
      arguments: train, exitCode: 3, place: "types.parquet", value: "column \"ids\" is of a type",
      remedy: "make it a bag"),
    BadInput(
      name: "a null for a label in a Parquet file",
      files: columnar("{name: bool, kind: label}, {name: half, kind: dense}"), damage: copyTypes, arguments: train,
      exitCode: 3, place: "types.parquet:4", value: "column \"bool\" is blank", remedy: ";"),
  ]

  private static let rankedRuns: [BadInput] = [
    BadInput(
      name: "a ranker asked for items", arguments: ["recommend", "ranked", "--user", "u1"], exitCode: 2,
      place: "ranked", value: "ranker (dlrm)", remedy: "swiftrec predict"),
    BadInput(
      name: "a row to predict short by a column", files: ["rows.csv": good + "1,u1,2.5,c1\n"], arguments: predict,
      exitCode: 3, place: "rows.csv:52", value: "1,u1,2.5,c1", remedy: ";"),
    BadInput(
      name: "rows to predict that are not there", arguments: predict, exitCode: 3, place: "rows.csv",
      value: "no such file", remedy: "check the path"),
    BadInput(
      name: "a run without its pipeline",
      damage: { try FileManager.default.removeItem(atPath: $0.file("ranked/pipeline/pipeline.json")) },
      arguments: ["evaluate", "ranked"], exitCode: 3, place: "ranked/pipeline/pipeline.json", value: "no such file",
      remedy: "check the path"),
    BadInput(
      name: "a pipeline that was cut off",
      damage: { scratch in
        let bytes = try scratch.bytes("ranked/pipeline/pipeline.json")
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: scratch.file("ranked/pipeline/pipeline.json")))
      }, arguments: ["evaluate", "ranked"], exitCode: 3, place: "ranked/pipeline/pipeline.json", value: "checksum",
      remedy: "restore the folder"),
    BadInput(
      name: "a ranker's checkpoint that was cut off",
      damage: { scratch in
        let file = "ranked/checkpoints/best.safetensors"
        let bytes = try scratch.bytes(file)
        try bytes.prefix(bytes.count * 3 / 4).write(to: URL(fileURLWithPath: scratch.file(file)))
      }, arguments: ["evaluate", "ranked"], exitCode: 3, place: "best.safetensors", value: "truncated",
      remedy: "train again"),
    BadInput(
      name: "a ranker's run resumed with another table",
      arguments: ["train", "ranker.yaml", "--out", "ranked", "--resume", "--set", "embeddings.data_type=bf16"],
      exitCode: 2, place: "ranked/config.yaml", value: "data_type: bf16", remedy: "--out"),
    BadInput(
      name: "rows to test that are gone", damage: { try FileManager.default.removeItem(atPath: $0.file("test.csv")) },
      arguments: ["evaluate", "ranked"], exitCode: 3, place: "test.csv", value: "no such file",
      remedy: "check the path"),
    BadInput(
      name: "no rows to test", files: edited(", test: test.csv", ""),
      damage: { scratch in
        let text = try scratch.text("ranked/config.yaml")
        try scratch.write("ranked/config.yaml", text.replacingOccurrences(of: "  test: [test.csv]\n", with: ""))
      }, arguments: ["evaluate", "ranked"], exitCode: 3, place: "table", value: "no test part", remedy: "name its files"
    ),
  ]

  private static let searches: [BadInput] = [
    BadInput(
      name: "no such space", arguments: tune, exitCode: 2, place: "space.yaml", value: "no file",
      remedy: "check the path"),
    BadInput(
      name: "a space with faults", files: ["space.yaml": "model.dimension: {chioce: [2]}\n"], arguments: tune,
      exitCode: 2, place: "space.yaml:1: model.dimension", value: "chioce", remedy: "did you mean \"choice\"?"),
    BadInput(
      name: "a space with a key that no configuration has",
      files: ["space.yaml": "model.dimensions: {choice: [2, 4]}\n"],
      arguments: tune, exitCode: 2, place: "space.yaml:1: model.dimensions", value: "an unknown key",
      remedy: "did you mean \"dimension\"?"),
    BadInput(
      name: "no trials", files: ["space.yaml": space],
      arguments: tune + ["--trials", "0"], exitCode: 2, place: "--trials", value: "0", remedy: "--trials 10"),
    BadInput(
      name: "nothing to halve by", files: ["space.yaml": space], arguments: tune + ["--eta", "1"], exitCode: 2,
      place: "--eta", value: "1", remedy: "--eta 3"),
    BadInput(
      name: "a search where something is", files: ["space.yaml": space],
      arguments: ["tune", "ranker.yaml", "--space", "space.yaml", "--out", "ranked"], exitCode: 2, place: "ranked",
      value: "something is there", remedy: "--resume"),
    BadInput(
      name: "a search resumed in a run", files: ["space.yaml": space],
      arguments: ["tune", "ranker.yaml", "--space", "space.yaml", "--out", "ranked", "--resume"], exitCode: 3,
      place: "ranked/tune.json", value: "not there", remedy: "swiftrec tune"),
    BadInput(
      name: "a search that never validates", files: ["space.yaml": space],
      arguments: tune + ["--set", "train.validate_every=0"], exitCode: 2, place: "train.validate_every", value: "0",
      remedy: "leave it out"),
  ]
}
