import GRPCNIOTransportHTTP2Posix
import NIOSSL

extension TLSFiles {
  /// For HTTP.
  ///
  /// - Throws: `ServingError` for a file that is no certificate or key.
  func configuration() throws -> TLSConfiguration {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      if let clientAuthority {
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clientAuthority))
        configuration.certificateVerification = .noHostnameVerification
      }
      return configuration
    } catch {
      throw ServingError.invalid(
        "TLS: \(certificate), \(key)\(clientAuthority.map { ", \($0)" } ?? ""): \("\(error)".prefixLine); give PEM files of a certificate, its key and an authority"
      )
    }
  }

  /// For gRPC.
  var security: HTTP2ServerTransport.Posix.TransportSecurity {
    let certificates: [TLSConfig.CertificateSource] = [.file(path: certificate, format: .pem)]
    let privateKey: TLSConfig.PrivateKeySource = .file(path: key, format: .pem)
    guard let clientAuthority else { return .tls(certificateChain: certificates, privateKey: privateKey) }
    return .mTLS(certificateChain: certificates, privateKey: privateKey) { configuration in
      configuration.trustRoots = .certificates([.file(path: clientAuthority, format: .pem)])
    }
  }
}
