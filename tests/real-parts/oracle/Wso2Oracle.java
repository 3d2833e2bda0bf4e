import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import org.apache.commons.codec.binary.Base64;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Says which certificate WSO2 takes out of a header value, by making the JDK and commons-codec calls that each of
 * its releases makes, in their order.
 *
 * <p>A question is a line {@code mode TAB base64(header value)}. Its answer is a line {@code sha256 TAB subject} or
 * {@code error TAB reason}. An unknown mode is no question, and ends the program.
 */
final class Wso2Oracle {
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
    private static final String END = "-----END CERTIFICATE-----";

    public static void main(String[] args) throws Exception {
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] question = line.split("\t", 2);
            System.out.println(answer(question[0], new String(Base64.decodeBase64(question[1]), UTF_8)));
        }
    }

    private static String answer(String mode, String header) throws Exception {
        byte[] encoded;
        try {
            encoded = encodedCertificate(mode, header);
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(encoded));
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(sha256) + "\t" + oneLine(certificate.getSubjectX500Principal().getName());
        } catch (UnknownMode unknown) {
            throw unknown;
        } catch (Exception refused) {
            return "error\t" + oneLine(refused.toString());
        }
    }

    /** What is handed to the JDK's certificate parser: DER, or PEM where the mode leaves base64 to that parser. */
    private static byte[] encodedCertificate(String mode, String header) throws Exception {
        return switch (mode) {
            // The newline is part of the marker: a BEGIN with CRLF stays, and its letters are taken for base64.
            case "enc-3.1" -> Base64.decodeBase64(URLDecoder.decode(header, UTF_8)
                    .replace(BEGIN + "\n", "").replace(END, ""));
            case "enc-4.1" -> Base64.decodeBase64(unmarked(URLDecoder.decode(header, UTF_8)));
            case "enc-fix" -> Base64.decodeBase64(unmarked(URLDecoder.decode(header.replace("+", "%2B"), UTF_8)));
            // No newline before END: the last line of the base64 runs into it, and the JDK takes that.
            case "raw-4.0" -> (BEGIN + "\n"
                    + header.replace(BEGIN + "\n", "").replace(BEGIN + " ", "").replace(END, "").replace(" ", "\n")
                    + END).getBytes(UTF_8);
            // Base64 text where DER or PEM is wanted: no value can pass.
            case "raw-4.1" -> unmarked(header).getBytes(UTF_8);
            case "raw-4.3" -> (BEGIN + "\n"
                    + header.replace(BEGIN + "\n", "").replace(BEGIN, "").replace("\n" + END, "").replace(END, "")
                            .trim().replace(" ", "\n").trim()
                    + "\n" + END).getBytes(UTF_8);
            case "choreo-enc" -> Base64.decodeBase64(unmarked(withMarkers(URLDecoder.decode(header, UTF_8))));
            case "choreo-raw" -> Base64.decodeBase64(unmarked(withMarkers(header)));
            // The JDK's decoder is the strict one: white space inside the base64 is an error.
            case "identity-server" -> java.util.Base64.getDecoder().decode(unmarked(header.trim()));
            default -> throw new UnknownMode(mode);
        };
    }

    private static String unmarked(String pem) {
        return pem.replace(BEGIN, "").replace(END, "").trim();
    }

    private static String withMarkers(String pem) {
        if (pem.contains(BEGIN) && pem.contains(END)) {
            return pem;
        }
        throw new IllegalArgumentException("no certificate markers");
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }

    private static final class UnknownMode extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnknownMode(String mode) {
            super("unknown mode " + mode);
        }
    }
}
