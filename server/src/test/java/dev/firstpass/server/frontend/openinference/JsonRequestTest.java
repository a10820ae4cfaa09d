package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.TensorInput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

final class JsonRequestTest {
    private static final String INPUT = "'name':'x','shape':[2],'datatype':'FP32'";

    /// A request's JSON that is refused, with a part of what is said.
    static final List<Bad> BAD = List.of(
            bad("", "no JSON object"),
            bad("x", "not valid JSON"),
            bad("[]", "no JSON object"),
            bad("null", "no JSON object"),
            bad("{", "not valid JSON"),
            bad("{}", "inputs: missing"),
            bad("{'inputs':{}}", "inputs: no array"),
            bad("{'inputs':null}", "inputs: no array"),
            bad("{'inputs':[1]}", "an element is no object"),
            bad("{'inputs':[{}]}", "an input without a name"),
            bad("{'inputs':[{'name':1}]}", "name: no string"),
            bad("{'inputs':[{'name':'x','datatype':'FP32'}]}", "no shape"),
            bad("{'inputs':[{'name':'x','shape':[1]}]}", "no datatype"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'FP31'}]}", "no datatype 'FP31'"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':7}]}", "datatype: no string"),
            bad("{'inputs':[{'name':'x','shape':7,'datatype':'FP32'}]}", "shape: no array"),
            bad("{'inputs':[{'name':'x','shape':[-1],'datatype':'FP32'}]}", "an axis of -1"),
            bad("{'inputs':[{'name':'x','shape':[1.5],'datatype':'FP32'}]}", "no whole number"),
            bad("{'inputs':[{'name':'x','shape':['1'],'datatype':'FP32'}]}", "no whole number"),
            bad("{'inputs':[{'name':'x','shape':[99999999999999999999],'datatype':'FP32'}]}", "out of range"),
            bad("{'inputs':[{'name':'x','shape':[" + "1,".repeat(40) + "1],'datatype':'FP32'}]}", "more than 32 axes"),
            bad("{'inputs':[{" + INPUT + "}]}", "no data"),
            bad("{'inputs':[{" + INPUT + ",'data':1}]}", "data is no array"),
            bad("{'inputs':[{" + INPUT + ",'data':'ab'}]}", "data is no array"),
            bad("{'inputs':[{" + INPUT + ",'data':[1]}]}", "data has 1 elements"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,2,3]}]}", "more than the 2 elements"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,'2']}]}", "no number"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,null]}]}", "no number"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,{}]}]}", "no number"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,1e400]}]}", "out of range"),
            bad("{'inputs':[{" + INPUT + ",'data':[1,NaN]}]}", "not valid JSON"),
            bad("{'inputs':[{" + INPUT + ",'data':[" + "1".repeat(200) + ",1]}]}", "too deep"),
            bad("{'inputs':[{" + INPUT + ",'data':" + "[".repeat(100) + "}]}", "too deep"),
            bad(
                    "{'inputs':[{'name':'x','shape':[4294967296,4294967296],'datatype':'FP32','data':[1]}]}",
                    "fewer elements"),
            bad("{'inputs':[{'name':'x','shape':[1000000000],'datatype':'FP64','data':[1]}]}", "fewer elements"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'FP16','data':[1]}]}", "no form in JSON"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'BF16','data':[1]}]}", "no form in JSON"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'UINT8','data':[256]}]}", "out of range"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'UINT8','data':[-1]}]}", "out of range"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'INT32','data':[1.0]}]}", "no whole number"),
            bad(
                    "{'inputs':[{'name':'x','shape':[1],'datatype':'INT64','data':[9223372036854775808]}]}",
                    "out of range"),
            bad(
                    "{'inputs':[{'name':'x','shape':[1],'datatype':'UINT64','data':[18446744073709551616]}]}",
                    "out of range"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'BOOL','data':['yes']}]}", "no boolean"),
            bad("{'inputs':[{'name':'x','shape':[1],'datatype':'BYTES','data':[7]}]}", "no string"),
            bad("{'inputs':[{" + INPUT + ",'parameters':{'binary_data_size':-1}}]}", "no size"),
            bad("{'inputs':[{" + INPUT + ",'parameters':{'binary_data_size':'8'}}]}", "no size"),
            bad("{'inputs':[{" + INPUT + ",'parameters':{'binary_data_size':9}}]}", "unexpected size"),
            bad("{'inputs':[{" + INPUT + ",'parameters':{'binary_data_size':99999999999999999999}}]}", "out of range"),
            bad(
                    "{'inputs':[{" + INPUT + ",'parameters':{'binary_data_size':8},'data':[1,2]}]}",
                    "both data and binary"),
            bad("{'inputs':[{" + INPUT + ",'parameters':[]}]}", "parameters: no object"),
            bad("{'inputs':[],'inputs':[]}", "not valid JSON"),
            bad("{'inputs':[],'id':7}", "id: no string"),
            bad("{'inputs':[],'id':'" + "i".repeat(300) + "'}", "id: 300 characters"),
            bad("{'inputs':[]} x", "not valid JSON"),
            bad("{'inputs':[]}{}", "follows"),
            bad("{'inputs':[],'outputs':[{}]}", "an output without a name"),
            bad("{'inputs':[],'outputs':7}", "outputs: no array"),
            bad("{'inputs':[],'outputs':[{'name':'y','parameters':{'binary_data':1}}]}", "no boolean"),
            bad("{'inputs':[],'parameters':{'timeout':-1}}", "timeout: -1"),
            bad("{'inputs':[],'parameters':{'timeout':'1s'}}", "timeout: of another kind"),
            bad("{'inputs':[],'parameters':{'priority':-1}}", "priority: -1"),
            bad("{'inputs':[],'parameters':{'priority':1.5}}", "priority: of another kind"),
            bad("{'inputs':[],'parameters':{'binary_data_output':1}}", "binary_data_output: of another kind"));

    static final List<Bad> LATER = List.of(
            bad("{'inputs':[],'parameters':{'sequence_id':1}}", "sequences"),
            bad("{'inputs':[],'parameters':{'sequence_id':'a'}}", "sequences"),
            bad("{'inputs':[],'outputs':[{'name':'y','parameters':{'shared_memory_region':'r'}}]}", "shared memory"),
            bad("{'inputs':[{" + INPUT + ",'parameters':{'shared_memory_region':'r'}}]}", "shared memory"));

    record Bad(String json, String said) {
        @Override
        public String toString() {
            return json.length() > 80 ? json.substring(0, 80) : json;
        }
    }

    private static Bad bad(String json, String said) {
        return new Bad(json.replace('\'', '"'), said);
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void read_badRequest_isRefusedWithAWord(Bad bad) {
        FailureException thrown = assertThrows(FailureException.class, () -> read(bad.json));
        assertEquals(Reason.ARGUMENT_INVALID, thrown.failure().reason());
        assertTrue(
                thrown.failure().detail().contains(bad.said), thrown.failure().detail());
    }

    @ParameterizedTest
    @FieldSource("LATER")
    void read_whatIsNotServed_saysSo(Bad bad) {
        FailureException thrown = assertThrows(FailureException.class, () -> read(bad.json));
        assertEquals(Reason.NOT_SUPPORTED, thrown.failure().reason());
        assertTrue(
                thrown.failure().detail().contains(bad.said), thrown.failure().detail());
    }

    @Test
    void read_otherEncodings_areRefused() {
        byte[] json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}"
                .getBytes(StandardCharsets.UTF_16BE);
        assertThrows(FailureException.class, () -> JsonRequest.read(json, MemorySegment.NULL));
    }

    @Test
    void read_membersInAnyOrder_givesTheTensors() {
        JsonRequest request = read("""
                {"outputs": [{"name": "b", "parameters": {"binary_data": false}}, {"name": "a"}],
                 "unknown": {"deep": [[1, {"a": 2}]]},
                 "inputs": [{"data": [[1.5, -2], [3, 4e0]], "parameters": {"mine": "x"}, "shape": [2, 2],
                             "name": "x", "datatype": "FP32"},
                            {"name": "y", "shape": [], "datatype": "INT64", "data": [-9223372036854775808]}],
                 "parameters": {"timeout": 250000, "priority": 2, "binary_data_output": true, "confidence": 0.5},
                 "id": "42"}
                """);

        assertEquals(Optional.of("42"), request.id());
        assertEquals(Priority.BULK, request.terms().priority());
        assertEquals(
                new TimeLimit(Duration.ofMillis(250), true), request.terms().timeout(Limits.STANDARD));
        assertFalse(request.isBinary("b"));
        assertTrue(request.isBinary("a"));
        TensorInput x = request.inputs().getFirst();
        assertEquals(Shape.of(2, 2), x.shape());
        assertArrayEquals(new float[] {1.5f, -2, 3, 4}, x.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
        TensorInput y = request.inputs().getLast();
        assertEquals(Long.MIN_VALUE, y.data().get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL,      '[true,false,1,0]',            01000100",
        "UINT8,     '[0,255,7,128]',               00ff0780",
        "INT8,      '[-128,127,-1,0]',             807fff00",
        "UINT16,    '[0,65535,256,1]',             0000ffff00010100",
        "INT16,     '[-32768,32767,-1,1]',         0080ff7fffff0100",
        "UINT32,    '[0,4294967295,1,2]',          00000000ffffffff0100000002000000",
        "INT32,     '[-2147483648,2147483647,0,1]',00000080ffffff7f0000000001000000",
    })
    void read_elements_arePackedLittleEndian(String type, String data, String hex) {
        JsonRequest request = read(
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[4],\"datatype\":\"" + type + "\",\"data\":" + data + "}]}");
        assertEquals(hex, hex(request.inputs().getFirst().data()));
    }

    @Test
    void read_unsignedLongs_andStrings() {
        JsonRequest request = read("{\"inputs\":["
                + "{\"name\":\"u\",\"shape\":[1],\"datatype\":\"UINT64\",\"data\":[18446744073709551615]},"
                + "{\"name\":\"s\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"h\\u00e9\",\"\"]}]}");
        assertEquals("ffffffffffffffff", hex(request.inputs().getFirst().data()));
        assertEquals(ElementType.STRING, request.inputs().getLast().type());
        assertEquals(
                List.of("hé", ""), PackedStrings.text(request.inputs().getLast().data(), 2));
    }

    @Test
    void read_binaryTensors_areTakenWhereTheyAre() {
        MemorySegment binary = MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5});
        JsonRequest request = JsonRequest.read(
                ("{\"inputs\":[{\"name\":\"a\",\"shape\":[2],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":2}},"
                                + "{\"name\":\"b\",\"shape\":[3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":3}}]}")
                        .getBytes(StandardCharsets.UTF_8),
                binary);
        assertEquals("0102", hex(request.inputs().getFirst().data()));
        assertEquals("030405", hex(request.inputs().getLast().data()));
        FailureException surplus = assertThrows(
                FailureException.class,
                () -> JsonRequest.read("{\"inputs\":[]}".getBytes(StandardCharsets.UTF_8), binary));
        assertTrue(surplus.failure().detail().contains("unexpected additional input data"));
    }

    /// What is read twice stays linear: a hundred inputs do not make a hundred passes over the rest.
    @Test
    void read_manyInputs_takesTimeInProportion() {
        StringBuilder json = new StringBuilder("{\"inputs\":[");
        for (int i = 0; i < Wire.MOST_TENSORS; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"x")
                    .append(i)
                    .append("\",\"shape\":[3],\"datatype\":\"FP32\",\"data\":[1,2,3]}");
        }
        assertEquals(Wire.MOST_TENSORS, read(json + "]}").inputs().size());
        FailureException thrown = assertThrows(
                FailureException.class,
                () -> read(json + ",{\"name\":\"y\",\"shape\":[3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}"));
        assertTrue(thrown.failure().detail().contains("too many"));
    }

    private static JsonRequest read(String json) {
        return JsonRequest.read(json.getBytes(StandardCharsets.UTF_8), MemorySegment.NULL);
    }

    private static String hex(MemorySegment data) {
        return HexFormat.of().formatHex(data.toArray(ValueLayout.JAVA_BYTE));
    }
}
