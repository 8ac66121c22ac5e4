import Features
import Testing

@Suite struct SignedRequestTests {
  /// Amazon S3 API Reference, "Signature Calculations for the Authorization Header", examples `PUT Object` and `GET Object`.
  private let keys = SignedRequest.Keys(
    access: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token: "")

  @Test func amazonsOwnExamples() throws {
    let put = SignedRequest(
      method: "PUT", host: "examplebucket.s3.amazonaws.com", path: "/test$file.text",
      headers: ["date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
      payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", region: "us-east-1")
    #expect(put.encodedPath == "/test%24file.text")
    #expect(
      put.signed(keys, at: "20130524T000000Z").last?.value
        == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
        + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    let get = SignedRequest(
      method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt", headers: ["range": "bytes=0-9"],
      payload: SignedRequest.emptyPayload, region: "us-east-1")
    #expect(
      get.signed(keys, at: "20130524T000000Z").last?.value.hasSuffix(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") == true)
  }

  @Test func aLentKeySendsItsToken() {
    var lent = keys
    lent.token = "lent"
    let request = SignedRequest(
      method: "HEAD", host: "a", path: "/", headers: [:], payload: SignedRequest.emptyPayload, region: "x")
    let headers = request.signed(lent, at: "20130524T000000Z")
    #expect(headers.contains { $0.name == "x-amz-security-token" && $0.value == "lent" })
    #expect(headers.last?.value.contains("x-amz-security-token") == true)
  }

  @Test(
    "The host and the path of an address",
    arguments: [
      ("https|  |eu-west-1|0|b/p/q", "https://b.s3.eu-west-1.amazonaws.com/p/q"),
      ("https|  |cn-north-1|0|b", "https://b.s3.cn-north-1.amazonaws.com.cn/"),
      ("https|  |eu-west-1|0|b.c/p", "https://s3.eu-west-1.amazonaws.com/b.c/p"),
      ("http|127.0.0.1:9|us-east-1|0|b/p", "http://127.0.0.1:9/b/p"),
      ("https|http://minio:9000/|us-east-1|0|b/p", "http://minio:9000/b/p"),
      ("https|store.example.org|us-east-1|1|b/p", "https://b.store.example.org/p"),
    ])
  func places(given: String, expected: String) throws {
    let lines = given.split(separator: "|", omittingEmptySubsequences: false).map { $0 == "  " ? "" : String($0) }
    let access = try #require(
      ObjectAccess((lines + ["key", "secret", "", ""]).joined(separator: "\n"), environment: [:]))
    #expect("\(access.scheme)://\(access.host)\(access.path)" == expected)
    #expect(access.keys.access == "key" && access.keys.secret == "secret" && access.region == lines[2])
  }

  @Test func anEndpointOfTheEnvironment() throws {
    let text = "https\n\nus-east-1\n0\nb/p\nkey\nsecret\n\n"
    let access = try #require(ObjectAccess(text, environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:9000"]))
    #expect(access.scheme == "http" && access.host == "127.0.0.1:9000" && access.path == "/b/p")
    #expect(ObjectAccess("https\n\n", environment: [:]) == nil)
  }
}
