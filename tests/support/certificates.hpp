// Certificates made at run time, good ones and bad ones.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace omegate::test {

struct OpensslFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

/// A certificate with its key; the issuer of others if its spec says so.
struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> x509;

  std::string pem() const {
    const std::unique_ptr<BIO, OpensslFree> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), x509.get());
    return text(*bio);
  }
  std::string key_pem() const {
    const std::unique_ptr<BIO, OpensslFree> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text(*bio);
  }

  /// Writes the certificate to a file and returns its path.
  std::string save(const std::string& path) const {
    std::ofstream(path) << pem();
    return path;
  }

 private:
  static std::string text(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

struct CertificateSpec {
  std::string common_name = "test";
  std::string names = {};  // "DNS:example.org,DNS:*.example.org"; empty: no subjectAltName
  std::string purpose = "serverAuth";
  std::chrono::hours begins{-24};
  std::chrono::hours ends{24};
  bool is_authority = false;
};

inline void add_extension(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (!extension) throw std::runtime_error("bad extension " + value);
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself.
inline Certificate make_certificate(const CertificateSpec& spec, const Certificate* issuer = nullptr) {
  static long serial = 1;
  Certificate made{{EVP_EC_gen("P-256"), OpensslFree()}, {X509_new(), OpensslFree()}};
  X509& x509 = *made.x509;
  X509_set_version(&x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(&x509), serial++);
  X509_gmtime_adj(X509_getm_notBefore(&x509), std::chrono::seconds(spec.begins).count());
  X509_gmtime_adj(X509_getm_notAfter(&x509), std::chrono::seconds(spec.ends).count());
  X509_set_pubkey(&x509, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(&x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
  X509& signer = issuer ? *issuer->x509 : x509;
  X509_set_issuer_name(&x509, X509_get_subject_name(&signer));
  if (spec.is_authority) {
    add_extension(x509, signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x509, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else if (!spec.purpose.empty()) {
    add_extension(x509, signer, NID_ext_key_usage, spec.purpose);
  }
  if (!spec.names.empty()) add_extension(x509, signer, NID_subject_alt_name, spec.names);
  X509_sign(&x509, (issuer ? issuer->key : made.key).get(), EVP_sha256());
  return made;
}

/// Signs certificates of servers and of nothing else.
inline Certificate make_authority(const std::string& name = "Test CA") {
  return make_certificate({.common_name = name, .is_authority = true});
}

}  // namespace omegate::test
