// A Terraform provider that knows a schema and nothing else: it serves the JSON beside it that extract.py wrote.
// `terraform validate` and `terraform test` with mock_provider ask a provider for no more than that.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const address = "registry.terraform.io/hashicorp/google"

type attribute struct {
	Type                         json.RawMessage
	Required, Optional, Computed bool
}

type nested struct {
	Block    block
	Min, Max int64
	Nest     string
}

type block struct {
	Attrs  map[string]attribute
	Blocks map[string]nested
}

type schema struct {
	Provider  block
	Resources map[string]block
	Data      map[string]block
}

// typeOf reads "string", "number", "bool", "dynamic", ["list"|"set"|"map", element] or ["object", {name: type}].
func typeOf(raw json.RawMessage) (tftypes.Type, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		primitives := map[string]tftypes.Type{
			"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool, "dynamic": tftypes.DynamicPseudoType,
		}
		if primitive, known := primitives[name]; known {
			return primitive, nil
		}
		return nil, fmt.Errorf("unknown type %q", name)
	}
	var pair [2]json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(pair[0], &name); err != nil {
		return nil, err
	}
	if name == "object" {
		return objectOf(pair[1])
	}
	element, err := typeOf(pair[1])
	if err != nil {
		return nil, err
	}
	switch name {
	case "list":
		return tftypes.List{ElementType: element}, nil
	case "set":
		return tftypes.Set{ElementType: element}, nil
	case "map":
		return tftypes.Map{ElementType: element}, nil
	}
	return nil, fmt.Errorf("unknown collection %q", name)
}

func objectOf(raw json.RawMessage) (tftypes.Type, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	types := map[string]tftypes.Type{}
	for name, field := range fields {
		fieldType, err := typeOf(field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		types[name] = fieldType
	}
	return tftypes.Object{AttributeTypes: types}, nil
}

func blockOf(source block) (*tfprotov5.SchemaBlock, error) {
	result := &tfprotov5.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(source.Attrs)) {
		a := source.Attrs[name]
		attributeType, err := typeOf(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		result.Attributes = append(result.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: attributeType, Required: a.Required, Optional: a.Optional, Computed: a.Computed && !a.Required,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(source.Blocks)) {
		n := source.Blocks[name]
		inner, err := blockOf(n.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		nesting := tfprotov5.SchemaNestedBlockNestingModeList
		if n.Nest == "single" {
			nesting, n.Min, n.Max = tfprotov5.SchemaNestedBlockNestingModeSingle, 0, 0
		}
		result.BlockTypes = append(result.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nesting, MinItems: n.Min, MaxItems: n.Max,
		})
	}
	return result, nil
}

func schemasOf(blocks map[string]block) (map[string]*tfprotov5.Schema, error) {
	result := map[string]*tfprotov5.Schema{}
	for name, source := range blocks {
		converted, err := blockOf(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		result[name] = &tfprotov5.Schema{Block: converted}
	}
	return result, nil
}

// provider answers what is asked about configuration. Reading or changing anything is left to the nil interface: it would panic.
type provider struct {
	tfprotov5.ProviderServer
	schemas *tfprotov5.GetProviderSchemaResponse
}

func (p *provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return &tfprotov5.GetMetadataResponse{}, nil
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return p.schemas, nil
}

func (p *provider) PrepareProviderConfig(_ context.Context, request *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (p *provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (p *provider) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func load(path string) (*provider, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var source schema
	if err := json.Unmarshal(text, &source); err != nil {
		return nil, err
	}
	own, err := blockOf(source.Provider)
	if err != nil {
		return nil, err
	}
	resources, err := schemasOf(source.Resources)
	if err != nil {
		return nil, err
	}
	data, err := schemasOf(source.Data)
	if err != nil {
		return nil, err
	}
	return &provider{schemas: &tfprotov5.GetProviderSchemaResponse{
		Provider: &tfprotov5.Schema{Block: own}, ResourceSchemas: resources, DataSourceSchemas: data,
	}}, nil
}

func main() {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	served, err := load(program + ".json")
	if err != nil {
		log.Fatal(err)
	}
	if err := tf5server.Serve(address, func() tfprotov5.ProviderServer { return served }); err != nil {
		log.Fatal(err)
	}
}
